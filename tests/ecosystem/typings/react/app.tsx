// Elements in JSX that React's types accept or reject. Compiled, never run.
import { useRef } from "react";
import type { Message, ResetError } from "relatch";
import { addMessages, type RelatchReset } from "relatch/react";

addMessages("en", { "request.submit": "Email me a link" });

export function Forms() {
  const reset = useRef<RelatchReset>(null);
  const onSent = ({ detail }: CustomEvent<Message>) => console.log(detail.message);
  const onError = ({ detail }: CustomEvent<ResetError>) => console.log(detail.code);
  return (
    <>
      <relatch-request
        base-url="https://accounts.example.com"
        application={undefined}
        identifier="peter"
        className="card"
        lang="de"
        onrelatch-sent={onSent}
        onrelatch-error={onError}
      />
      <relatch-reset
        ref={reset}
        key="reset"
        request-url="/forgot"
        sign-in-url="/login"
        username="peter"
        hidden
        onrelatch-changed={(event) => console.log(event.detail.message)}
      />
      {/* @ts-expect-error: an attribute is a string */}
      <relatch-request base-url={5} />
      {/* @ts-expect-error: the attribute is of the other element */}
      <relatch-reset identifier="peter" />
      {/* @ts-expect-error: the event has a message */}
      <relatch-reset onrelatch-changed={(event: CustomEvent<number>) => console.log(event)} />
      {/* @ts-expect-error: there is no such element */}
      <relatch-forgot />
    </>
  );
}
