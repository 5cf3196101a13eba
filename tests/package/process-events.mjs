// Unhandled rejections and warnings of the test's own process.
export class ProcessEvents {
  rejections = [];
  warnings = [];
  #onRejection = (error) => this.rejections.push(error);
  #onWarning = (warning) => this.warnings.push(String(warning));

  /** Starts recording. Node does not exit on an unhandled rejection while it records. */
  start() {
    process.on("unhandledRejection", this.#onRejection).on("warning", this.#onWarning);
  }

  stop() {
    process.off("unhandledRejection", this.#onRejection).off("warning", this.#onWarning);
  }
}
