/** Builtins for JSON, base64, hexadecimal and query strings. */

import { toBase64 as bytesToBase64 } from '../../lib/base64.ts'
import { toHex } from '../../lib/hex.ts'
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { parseJson, spellJson } from '../json.ts'
import { compareStrings, Dict, entriesOf, isArray, isObj, type RegoValue, SetOf } from '../value.ts'
import { asBoolean, asObject, asString, type Family, typeName } from './operands.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

const toBase64 = (text: string): string => bytesToBase64(utf8.encode(text))
const toUrl = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

/** As Go's decoder: padding is required, and line ends are skipped. */
function fromBase64(text: string): string {
  const bare = text.replace(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(bare)) throw new BuiltinFault('illegal base64 data')
  return fromUtf8.decode(Uint8Array.from(atob(bare), (unit) => unit.charCodeAt(0)))
}

function fromBase64Url(text: string): string {
  if (/[+/]/.test(text)) throw new BuiltinFault('illegal base64url data')
  const padded = text.endsWith('=') ? text : text + '='.repeat((4 - (text.length % 4)) % 4)
  return fromBase64(padded.replaceAll('-', '+').replaceAll('_', '/'))
}

/** Form encoding: a space is `+`, and only the punctuation `-_.~` is unescaped. */
const toForm = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

function fromForm(text: string): string {
  if (/%(?![\da-fA-F]{2})/.test(text)) throw new BuiltinFault('invalid URL escape')
  const bytes: number[] = []
  for (const part of text.replaceAll('+', ' ').split(/(%[\da-fA-F]{2})/)) {
    if (/^%[\da-fA-F]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16))
    else bytes.push(...utf8.encode(part))
  }
  return fromUtf8.decode(Uint8Array.from(bytes))
}

function queryOf(values: RegoValue | undefined): string {
  const pairs: [string, string][] = []
  for (const [key, held] of entriesOf(asObject(values))) {
    const members = typeof held === 'string' ? [held] : isArray(held) ? held : held instanceof SetOf ? held.sorted() : null
    if (!members?.every((one) => typeof one === 'string')) throw new BuiltinFault('values must be string, array[string], or set[string]')
    for (const one of members) pairs.push([asString(key), one])
  }
  pairs.sort((a, b) => compareStrings(a[0], b[0]))
  return pairs.map(([key, value]) => `${toForm(key)}=${toForm(value)}`).join('&')
}

function fromQuery(run: Evaluation, query: string): RegoValue {
  const made = new Dict()
  for (const part of query.split('&')) {
    if (part === '') continue
    if (part.includes(';')) throw new BuiltinFault('invalid semicolon separator in query')
    run.spend(2)
    const at = part.indexOf('=')
    const key = fromForm(at < 0 ? part : part.slice(0, at))
    const value = at < 0 ? '' : fromForm(part.slice(at + 1))
    const before = made.get(key)
    if (isArray(before)) (before as RegoValue[]).push(value)
    else made.set(key, [value])
  }
  return made
}

function marshalWith(value: RegoValue, options: RegoValue | undefined): string {
  let prefix = ''
  let indent = '\t'
  let pretty: boolean | undefined
  let implied = false
  for (const [key, held] of entriesOf(asObject(options, 2))) {
    if (key === 'pretty') pretty = asBoolean(held, 2)
    else if (key === 'prefix') prefix = asString(held, 2)
    else if (key === 'indent') indent = asString(held, 2)
    else throw new BuiltinFault('operand 2 object contained unknown key')
    if (key !== 'pretty') implied = true
  }
  return (pretty ?? implied) ? prefix + spellJson(value, prefix, indent) : spellJson(value)
}

function parsed(run: Evaluation, text: RegoValue | undefined): RegoValue {
  const held = asString(text)
  run.spend(held.length >> 2)
  const value = parseJson(held)
  if (value === undefined) throw new BuiltinFault('invalid JSON')
  return value
}

const holds = (attempt: () => unknown): boolean => {
  try {
    attempt()
    return true
  } catch (fault) {
    if (fault instanceof BuiltinFault) return false
    throw fault
  }
}

export const encoding: Family = {
  'json.marshal': (_, value) => spellJson(value as RegoValue),
  'json.marshal_with_options': (_, value, options) => marshalWith(value as RegoValue, options),
  'json.unmarshal': (run, text) => parsed(run, text),
  'json.is_valid': (run, text) => typeof text === 'string' && holds(() => parsed(run, text)),
  'base64.encode': (_, text) => toBase64(asString(text)),
  'base64.decode': (_, text) => fromBase64(asString(text)),
  'base64.is_valid': (_, text) => typeof text === 'string' && holds(() => fromBase64(text)),
  'base64url.encode': (_, text) => toUrl(toBase64(asString(text))),
  'base64url.encode_no_pad': (_, text) => toUrl(toBase64(asString(text))).replace(/=+$/, ''),
  'base64url.decode': (_, text) => fromBase64Url(asString(text)),
  'hex.encode': (_, text) => toHex(utf8.encode(asString(text))),
  'hex.decode': (_, text) => {
    const held = asString(text)
    if (!/^(?:[\da-fA-F]{2})*$/.test(held)) throw new BuiltinFault('invalid hexadecimal text')
    return fromUtf8.decode(Uint8Array.from(held.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))
  },
  'urlquery.encode': (_, text) => toForm(asString(text)),
  'urlquery.decode': (_, text) => fromForm(asString(text)),
  'urlquery.encode_object': (_, values) => {
    if (!isObj(values)) throw new BuiltinFault(`operand 1 must be object but got ${typeName(values as RegoValue)}`)
    return queryOf(values)
  },
  'urlquery.decode_object': (run, query) => fromQuery(run, asString(query)),
}
