import { Forms } from "./forms";

// Rendered for each request.
export const dynamic = "force-dynamic";

export default function Page() {
  return <Forms service="https://accounts.example.com" />;
}
