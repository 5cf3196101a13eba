"use client";

import { useEffect, useRef, useState } from "react";
import type { RelatchRequest } from "relatch/react";
import "relatch/react";

export function Forms({ service }: { service: string }) {
  const [message, setMessage] = useState("");
  const request = useRef<RelatchRequest>(null);
  // React does not attach the listeners in JSX to a custom element that a server rendered.
  useEffect(() => {
    const onSent = (event: HTMLElementEventMap["relatch-sent"]) => setMessage(event.detail.message);
    const element = request.current;
    element?.addEventListener("relatch-sent", onSent);
    return () => element?.removeEventListener("relatch-sent", onSent);
  }, []);
  return (
    <>
      <relatch-request ref={request} base-url={service} identifier="peter" />
      <relatch-reset base-url={service} sign-in-url="/login" />
      <output>{message}</output>
    </>
  );
}
