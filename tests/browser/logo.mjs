// Serves a logo from a separate loopback origin.
import { createServer } from "node:http";
import { crc32, deflateSync } from "node:zlib";

const WIDTH = 240;
const HEIGHT = 64;

const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Returns a chunk of a PNG (W3C PNG, section 5.3). */
function chunk(type, data) {
  const content = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([uint32(data.length), content, uint32(crc32(content))]);
}

/** Returns a PNG with a disc and a bar. */
function png() {
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 4));
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const isDisc = Math.hypot(x - 32, y - 32) < 28;
      const isBar = x > 80 && x < 230 && y > 22 && y < 42;
      if (isDisc || isBar) rows.set([0x8a, 0x5c, 0xd6, 0xff], y * (1 + WIDTH * 4) + 1 + x * 4);
    }
  // Eight bits a channel, with alpha.
  const header = Buffer.concat([uint32(WIDTH), uint32(HEIGHT), Buffer.from([8, 6, 0, 0, 0])]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows))];
  return Buffer.concat([signature, ...chunks, chunk("IEND", Buffer.alloc(0))]);
}

/** Serves the logo on a free loopback port. Returns its URL and `stop`. */
export async function serveLogo() {
  const image = png();
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "image/png").end(image);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/logo.png`, stop };
}
