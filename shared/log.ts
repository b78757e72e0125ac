/**
 * The one logger. A line is a JSON object: `at` (Unix ms), `level`, `event`, `service`, the declared fields in order, and the parts of an
 * error. Content, tokens and keys have no field: see `log/fields.ts` and `log/error.ts`.
 */
import { describeError } from './log/error.ts'
import { type LogEvent, type LogLevel, logEvents, logLevels } from './log/events.ts'
import { type LogFields, writtenFields } from './log/fields.ts'

/** The deployables, and `script` for `npm start`. */
export type Service = 'gateway' | 'state' | 'conversation' | 'tools' | 'connectors' | 'background' | 'script'

/** Fields of one line. `error`: the caught value; the line has its class, codes and frames. */
export type LineDetails = LogFields & { readonly error?: unknown }

/** One line, without its end. */
export function logLine(service: Service, event: LogEvent, { error, ...fields }: LineDetails = {}, at = Date.now()): string {
  const [level] = logEvents[event]
  return JSON.stringify({ at, level, event, service, ...writtenFields(fields), ...(error !== undefined && describeError(error)) })
}

let firstLogger: Logger | undefined

/** The logger of the running Worker, for shared code. In commands, the service is `script`. */
export const isolateLogger = (): Logger => firstLogger ?? new Logger('script')

/** Each Worker creates one at its start. Until its level is set, it writes warnings and errors only. */
export class Logger {
  readonly #service: Service
  #minLevel = logLevels.indexOf('warn')

  constructor(service: Service) {
    this.#service = service
    firstLogger ??= this
  }

  /** `text`: the setting `SOMA_LOG_LEVEL`. An unknown level means `info`. */
  setLevel(text: string | undefined): void {
    const level: LogLevel = logLevels.find((name) => name === text) ?? 'info'
    this.#minLevel = logLevels.indexOf(level)
  }

  write(event: LogEvent, fields?: LineDetails): void {
    const [level] = logEvents[event]
    if (logLevels.indexOf(level) < this.#minLevel) return
    const line = logLine(this.#service, event, fields)
    if (level === 'error') console.error(line)
    else if (level === 'warn') console.warn(line)
    else console.log(line)
  }
}
