/** Patterns of hosts in the allow and deny lists of a workspace: `example.com`, `*.example.com`, `example.com:8443`. Pure. */
import { hostOf } from './public-host.ts'

/** The ports of a pattern that names none. */
const webPorts = new Set(['80', '443'])

interface HostPattern {
  readonly isWildcard: boolean
  readonly host: string
  /** Undefined: the pattern names none. */
  readonly port: string | undefined
}

/** The pattern in its one spelling. Null: it is none. */
export function normalHostPattern(text: string): string | null {
  const parts = parse(text)
  return parts && `${parts.isWildcard ? '*.' : ''}${parts.host}${parts.port === undefined ? '' : `:${parts.port}`}`
}

/** Whether a pattern of an allow list names the host of `url` and its port. `*.example.com` names no `example.com`. */
export function allowsHost(patterns: readonly string[], url: URL): boolean {
  return patterns.some((text) => {
    const parts = parse(text)
    return parts !== null && matches(parts, url) && (parts.port === undefined ? webPorts.has(portOf(url)) : parts.port === portOf(url))
  })
}

/** Whether a pattern of an allow list names this very port of the host of `url`. */
export function allowsPort(patterns: readonly string[], url: URL): boolean {
  return patterns.some((text) => {
    const parts = parse(text)
    return parts?.port === portOf(url) && matches(parts, url)
  })
}

/** Whether a pattern of a deny list names the host of `url`. A pattern without a port denies each port. */
export function deniesHost(patterns: readonly string[], url: URL): boolean {
  return patterns.some((text) => {
    const parts = parse(text)
    return parts !== null && matches(parts, url) && (parts.port === undefined || parts.port === portOf(url))
  })
}

/** The port of `url`, with the default of its scheme. */
export const portOf = (url: URL): string => url.port || (url.protocol === 'http:' ? '80' : '443')

const matches = ({ isWildcard, host }: HostPattern, url: URL): boolean =>
  isWildcard ? hostOf(url).endsWith(`.${host}`) : hostOf(url) === host

function parse(text: string): HostPattern | null {
  const parts = /^(\*\.)?([^\s/?#@*\\:]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text.trim())
  const url = parts && URL.parse(`http://${parts[2]}`)
  if (!parts || !url || Number(parts[3] ?? '1') > 65_535 || parts[3]?.startsWith('0')) return null
  const host = hostOf(url)
  return host === '' || host.includes('..') ? null : { isWildcard: parts[1] !== undefined, host, port: parts[3] }
}
