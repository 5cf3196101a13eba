// Elements in JSX that Solid's types accept or reject. Compiled, never run.
import type { Message } from "relatch";
import "relatch/solid";

export function Forms(props: { service: string }) {
  const onSent = ({ detail }: CustomEvent<Message>) => console.log(detail.message);
  return (
    <>
      <relatch-request
        base-url="https://accounts.example.com"
        class="card"
        on:relatch-sent={onSent}
        on:relatch-error={(event) => console.log(event.detail.code)}
      />
      <relatch-reset
        attr:base-url={props.service}
        request-url="/forgot"
        sign-in-url="/login"
        username="peter"
        on:relatch-changed={(event) => console.log(event.detail.message)}
      />
      {/* @ts-expect-error: an attribute is a string */}
      <relatch-request base-url={5} />
      {/* @ts-expect-error: the attribute is of the other element */}
      <relatch-reset identifier="peter" />
      {/* @ts-expect-error: there is no such element */}
      <relatch-forgot />
    </>
  );
}
