/** The longest answer that is read, in bytes. The native client has the same limit. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Reads the whole body, or returns `undefined` if it exceeds the limit. */
export async function readBody(response: Response): Promise<string | undefined> {
  // React Native and fetch stubs have no streams.
  const stream = response.body as ReadableStream<Uint8Array> | null | undefined;
  if (stream === undefined) return response.text();
  // As strict as the native client.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let length = 0;
  const reader = stream?.getReader();
  for (let chunk; reader && !(chunk = await reader.read()).done; ) {
    length += chunk.value.length;
    if (length > MAX_RESPONSE_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}
