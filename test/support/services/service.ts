/**
 * A provider's service that checks each request by its published schema. It refuses with 400, in its own form of an error.
 * The last message of the user chooses the answer, such as `[[do tools calls=2 rounds=1]]`. The default is `text`.
 *
 * - `text`                    says "Hello world." and reports usage
 * - `think`                   thinks, and then says it
 * - `tools calls=2 rounds=1`  thinks, and calls the tool `echo` `calls` times in each of `rounds` rounds, and then says it
 * - `401`, `429 after=1`      refuses with this status, and `Retry-After`; the text repeats the key
 * - `error`                   reports an error after some text
 * - `cut`                     closes the body after some text
 * - `stall`                   sends some text, and then nothing
 * - `empty`                   ends without text
 * - `end as=WORD`             says it, and ends with this word of the service
 * - `key`                     repeats the key of the request, in two pieces
 * - `absurd`                  reports negative usage
 * - `html`, `redirect`        sends a web page with status 200, or to another address
 * - `garbage`, `odd`          sends a line that is not JSON, or JSON that is no event, after some text
 * - `endless`                 sends a line of 3 MB without an end
 */

/** A piece of an answer. */
export type Piece =
  | { readonly thought: string }
  | { readonly text: string }
  | { readonly call: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> } }

/** Tokens as no service counts them: each part by itself. */
export interface ScriptUsage {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
}

/** An answer, before the service writes it. */
export interface Script {
  readonly pieces: readonly Piece[]
  /** The service's word for the ending; undefined: its word for an answer of this kind. */
  readonly end: string | undefined
  readonly usage: ScriptUsage
}

/** A request as it arrived. */
export interface ServiceRequest {
  readonly method: string
  /** After the name of the service, with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

/** What a fake knows about its service. */
export interface Service {
  readonly contentType: string
  /** Undefined: the service accepts the request. */
  refusal(request: ServiceRequest): Refusal | undefined
  /** Its list of the models `m-one` and `m-two`. */
  readonly models: { readonly path: string; readonly body: object }
  /** An error as the service writes it. */
  errorBody(refusal: Refusal): object
  /** The text of the user's last message in an accepted request. */
  lastUserText(body: unknown): string
  /** How many messages with calls follow it. */
  roundsDone(body: unknown): number
  /** The body of the answer, in pieces that are sent one by one. */
  write(script: Script): readonly string[]
  /** An error within an answer. */
  writeError(text: string): string
}

/** Usage of every answer. */
export const scriptUsage: ScriptUsage = { input: 30, cached: 12, output: 9, reasoning: 4 }

interface Directive {
  readonly kind: string
  readonly [setting: string]: string
}

/** The last directive in a text. */
export function directiveIn(text: string): Directive {
  const [kind = 'text', ...settings] = [...text.matchAll(/\[\[do ([^\]]+)\]\]/g)].at(-1)?.[1]?.split(/\s+/) ?? []
  return { kind, ...Object.fromEntries(settings.map((setting) => setting.split('=', 2))) }
}

/** The answer that a directive asks for after `roundsDone` rounds of calls. */
export function scriptFor({ kind, calls = '1', rounds = '1', as }: Directive, roundsDone: number, key: string): Script {
  const hello: Piece[] = [{ text: 'Hello ' }, { text: 'world.' }]
  const thought: Piece = { thought: 'I consider it.' }
  const end = kind === 'end' ? as : undefined
  if (kind === 'empty') return { pieces: [], end, usage: scriptUsage }
  if (kind === 'key')
    return { pieces: [{ text: `Your key is ${key.slice(0, 9)}` }, { text: `${key.slice(9)}. Keep it.` }], end, usage: scriptUsage }
  if (kind === 'absurd') return { pieces: hello, end, usage: { input: -3, cached: 0, output: -1, reasoning: 0 } }
  if (kind === 'think') return { pieces: [thought, ...hello], end, usage: scriptUsage }
  if (kind !== 'tools' || roundsDone >= Number(rounds)) return { pieces: hello, end, usage: scriptUsage }
  const requested = Array.from({ length: Number(calls) }, (_, index) => ({
    call: { name: 'echo', arguments: { text: `${roundsDone}-${index}` } },
  }))
  return { pieces: [thought, { text: 'Let me see.' }, ...requested], end, usage: scriptUsage }
}
