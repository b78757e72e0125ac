/** URI builtins by RFC 3986, as strict as Go's parser: `uri.parse` and `uri.is_valid`. */
import { BuiltinFault } from '../evaluation.ts'
import { Dict } from '../value.ts'
import { asString, type BuiltinFamily } from './operands.ts'

const fail = (message: string): never => {
  throw new BuiltinFault(message)
}

/** Decodes escapes to bytes, and the bytes to UTF-8. In a host, only bytes outside ASCII may be escaped. */
function decode(text: string, isHost = false): string {
  if (/%(?![\da-fA-F]{2})/.test(text) || (isHost && /%[0-7]/.test(text))) fail('invalid URL escape')
  return text.replace(/(?:%[\da-fA-F]{2})+/g, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split('%'), (pair) => Number.parseInt(pair, 16))),
  )
}

/** The default encoding of a path. */
const encodePath = (path: string): string =>
  path
    .split(/([\w\-.~$&+,/:;=@])/)
    .map((part, index) => (index % 2 === 1 || part === '' ? part : encodeURIComponent(part.toWellFormed()).replace(/[!'()*]/g, percent)))
    .join('')
const percent = (unit: string): string => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`

const optionalPort = /^(?::\d*)?$/

function parseAuthority(text: string): { hostname: string; port: string } {
  const userEnd = text.lastIndexOf('@')
  if (userEnd >= 0) {
    const user = text.slice(0, userEnd)
    if (!/^[\w\-.:~!$&'()*+,;=%@]*$/.test(user)) fail('invalid userinfo')
    decode(user)
  }
  const host = text.slice(userEnd + 1)
  const bracket = host.startsWith('[') ? host.lastIndexOf(']') : -1
  if (host.startsWith('[') && bracket < 0) fail("missing ']' in host")
  const colon = bracket >= 0 ? bracket + 1 : host.lastIndexOf(':')
  const port = colon < 0 ? '' : host.slice(colon)
  if (!optionalPort.test(port)) fail('invalid port after host')
  const name = colon < 0 ? host : host.slice(0, colon)
  const addressText = bracket >= 0 ? name.slice(1, -1) : name
  const zoneMark = bracket >= 0 ? addressText.indexOf('%25') : -1
  const address = zoneMark < 0 ? addressText : addressText.slice(0, zoneMark)
  const zone = zoneMark < 0 ? undefined : addressText.slice(zoneMark + 3)
  if (bracket >= 0 && !/^[\da-fA-F:.]+$/.test(address)) fail('invalid host')
  if (!/^[\w\-.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]*$/.test(address)) fail('invalid character in host name')
  return { hostname: decode(address, true) + (zone === undefined ? '' : `%${decode(zone)}`), port: port.slice(1) }
}

const isScheme = (text: string): boolean => /^[A-Za-z]/.test(text) && /^[A-Za-z\d+.-]*$/.test(text)

/** The texts before and after the first `separator`. Without it, the second one is empty. */
function splitFirst(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** Whether the text has an ASCII control character. */
function hasControl(text: string): boolean {
  for (let position = 0; position < text.length; position++) {
    const unit = text.charCodeAt(position)
    if (unit < 0x20 || unit === 0x7f) return true
  }
  return false
}

function parse(text: string): Dict {
  if (hasControl(text)) fail('invalid control character in URL')
  const result = new Dict()
  const setPart = (key: string, value: string) => {
    if (value !== '') result.set(key, value)
  }
  const [withoutFragment, fragment] = splitFirst(text, '#')
  if (withoutFragment.startsWith(':')) fail('missing protocol scheme')
  const colon = withoutFragment.indexOf(':')
  const scheme = colon > 0 && isScheme(withoutFragment.slice(0, colon)) ? withoutFragment.slice(0, colon) : ''
  setPart('scheme', scheme.toLowerCase())
  const [hierarchy, query] = splitFirst(scheme === '' ? withoutFragment : withoutFragment.slice(scheme.length + 1), '?')
  setPart('raw_query', query)
  let path = hierarchy
  if (!hierarchy.startsWith('/') && scheme !== '') path = ''
  else if (!hierarchy.startsWith('/') && hierarchy.split('/')[0]?.includes(':')) fail('first path segment in URL cannot contain colon')
  if (hierarchy.startsWith('//') && (scheme !== '' || !hierarchy.startsWith('///'))) {
    const end = hierarchy.indexOf('/', 2)
    const { hostname, port } = parseAuthority(hierarchy.slice(2, end < 0 ? undefined : end))
    setPart('hostname', hostname)
    setPart('port', port)
    path = end < 0 ? '' : hierarchy.slice(end)
  }
  const decodedPath = decode(path)
  setPart('path', decodedPath)
  setPart('raw_path', encodePath(decodedPath) === path ? decodedPath : path)
  setPart('fragment', decode(fragment))
  return result
}

/** The builtins of this file by name. */
export const uri: BuiltinFamily = {
  'uri.parse': (run, text) => {
    const input = asString(text)
    run.spend(16 + 4 * input.length)
    return parse(input)
  },
  'uri.is_valid': (run, text) => {
    if (typeof text !== 'string' || text === '') return false
    run.spend(16 + 4 * text.length)
    try {
      parse(text)
      return true
    } catch (fault) {
      if (fault instanceof BuiltinFault) return false
      throw fault
    }
  },
}
