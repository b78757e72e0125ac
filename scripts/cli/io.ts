/** What the command line client has of its process. */

/** The exit codes. */
export const exitCodes = { done: 0, failed: 1, usage: 2, denied: 3, refused: 4, unreachable: 5, waiting: 6, stopped: 130 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export interface CliIo {
  /** The server, and the credential; empty: there is none. The arguments come before both. */
  readonly url: string
  readonly token: string
  out(text: string): void
  err(text: string): void
  /** The lines of the input. */
  lines(): AsyncIterable<string>
  /** Asks the user a question; null: nobody can answer. */
  ask(question: string): Promise<string | null>
  /** Calls `stop` on Ctrl-C. Returns the function that ends this. */
  onInterrupt(stop: () => void): () => void
}

/** Text from a server without the characters that control a terminal. Line feeds and tabs stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove
export const plain = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
