/** Builtins for JSON, base64, hexadecimal and query strings. */

import { toBase64 as bytesToBase64 } from '../../lib/base64.ts'
import { toHex } from '../../lib/hex.ts'
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { formatJson, parseJson } from '../json.ts'
import { compareStrings, Dict, entriesOf, isArray, isObj, RegoSet, type RegoValue } from '../value.ts'
import { asBoolean, asObject, asString, type BuiltinFamily, typeName } from './operands.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

function toBase64(run: Evaluation, text: string): string {
  run.spend(text.length)
  return bytesToBase64(utf8.encode(text))
}

const toUrl = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

/** The value of each base64 digit by its unit; -1 for other units. */
const sixBits = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  sixBits[digit.charCodeAt(0)] = value

/** Decodes base64 as Go does: padding is required, and line ends are skipped. Undefined: illegal. */
function base64Bytes(run: Evaluation, text: string): Uint8Array | undefined {
  run.spend(text.length >> 3)
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3)
  let size = 0
  let digits = 0
  let padding = 0
  let buffer = 0
  for (let position = 0; position < text.length; position++) {
    const unit = text.charCodeAt(position)
    if (unit === 10 || unit === 13) continue
    const value = sixBits[unit] ?? -1
    if (unit === 61) padding++
    else if (value < 0 || padding > 0) return undefined
    buffer = (buffer << 6) | Math.max(value, 0)
    if (++digits % 4 !== 0) continue
    bytes[size++] = buffer >> 16
    bytes[size++] = buffer >> 8
    bytes[size++] = buffer
  }
  // Padding completes a group of four, and only the last group has it.
  if (digits % 4 !== 0 || padding > 2 || padding > digits) return undefined
  return bytes.subarray(0, size - padding)
}

function fromBase64(run: Evaluation, text: string): string {
  const bytes = base64Bytes(run, text)
  if (!bytes) throw new BuiltinFault('illegal base64 data')
  return fromUtf8.decode(bytes)
}

function fromBase64Url(run: Evaluation, text: string): string {
  run.spend(text.length >> 3)
  if (text.includes('+') || text.includes('/')) throw new BuiltinFault('illegal base64url data')
  const padded = text.endsWith('=') ? text : text + '='.repeat((4 - (text.length % 4)) % 4)
  return fromBase64(run, padded.replaceAll('-', '+').replaceAll('_', '/'))
}

function withoutPadding(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '=') end--
  return text.slice(0, end)
}

/** Form encoding: a space is `+`, and only the punctuation `-_.~` is unescaped. */
function toForm(run: Evaluation, text: string): string {
  run.spend(1 + (text.length >> 1))
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function fromForm(run: Evaluation, text: string): string {
  run.spend(1 + (text.length >> 2))
  const source = utf8.encode(text)
  const bytes = new Uint8Array(source.length)
  let size = 0
  for (let index = 0; index < source.length; index++) {
    const byte = source[index] as number
    if (byte !== 37) bytes[size++] = byte === 43 ? 32 : byte
    else {
      bytes[size++] = hexByte(source, index + 1)
      index += 2
    }
  }
  return fromUtf8.decode(bytes.subarray(0, size))
}

/** The byte that two hexadecimal digits at `position` stand for. */
function hexByte(text: Uint8Array, position: number): number {
  const high = hexDigit(text[position])
  const low = hexDigit(text[position + 1])
  if (high < 0 || low < 0) throw new BuiltinFault('invalid URL escape')
  return high * 16 + low
}

function hexDigit(unit: number | undefined): number {
  if (unit === undefined) return -1
  if (unit >= 48 && unit <= 57) return unit - 48
  const letter = unit | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function fromHex(run: Evaluation, text: string): string {
  run.spend(text.length >> 3)
  const bytes = new Uint8Array(text.length >> 1)
  for (let index = 0; index < bytes.length; index++) {
    const high = hexDigit(text.charCodeAt(2 * index))
    const low = hexDigit(text.charCodeAt(2 * index + 1))
    if (high < 0 || low < 0) throw new BuiltinFault('invalid hexadecimal text')
    bytes[index] = high * 16 + low
  }
  if (text.length % 2 !== 0) throw new BuiltinFault('invalid hexadecimal text')
  return fromUtf8.decode(bytes)
}

function toHexText(run: Evaluation, text: string): string {
  run.spend(text.length >> 1)
  return toHex(utf8.encode(text))
}

function toQuery(run: Evaluation, values: RegoValue | undefined): string {
  const pairs: [string, string][] = []
  for (const [key, member] of entriesOf(asObject(values))) {
    const members = typeof member === 'string' ? [member] : isArray(member) ? member : member instanceof RegoSet ? member.sorted() : null
    if (!members?.every((element) => typeof element === 'string'))
      throw new BuiltinFault('values must be string, array[string], or set[string]')
    run.spend(members.length)
    for (const element of members) pairs.push([asString(key), element])
  }
  pairs.sort((a, b) => compareStrings(a[0], b[0]))
  return pairs.map(([key, value]) => `${toForm(run, key)}=${toForm(run, value)}`).join('&')
}

function fromQuery(run: Evaluation, query: string): RegoValue {
  const result = new Dict()
  run.spend(query.length >> 2)
  for (const part of query.split('&')) {
    if (part === '') continue
    if (part.includes(';')) throw new BuiltinFault('invalid semicolon separator in query')
    run.spend(8)
    const equals = part.indexOf('=')
    const key = fromForm(run, equals < 0 ? part : part.slice(0, equals))
    const value = equals < 0 ? '' : fromForm(run, part.slice(equals + 1))
    const before = result.get(key)
    if (isArray(before)) (before as RegoValue[]).push(value)
    else result.set(key, [value])
  }
  return result
}

function marshalWith(value: RegoValue, options: RegoValue | undefined): string {
  let prefix = ''
  let indent = '\t'
  let pretty: boolean | undefined
  let isPrettyImplied = false
  for (const [key, member] of entriesOf(asObject(options, 2))) {
    if (key === 'pretty') pretty = asBoolean(member, 2)
    else if (key === 'prefix') prefix = asString(member, 2)
    else if (key === 'indent') indent = asString(member, 2)
    else throw new BuiltinFault('operand 2 object contained unknown key')
    if (key !== 'pretty') isPrettyImplied = true
  }
  return (pretty ?? isPrettyImplied) ? prefix + formatJson(value, prefix, indent) : formatJson(value)
}

function parseText(run: Evaluation, text: RegoValue | undefined): RegoValue {
  const input = asString(text)
  run.spend(input.length >> 2)
  const value = parseJson(input)
  if (value === undefined) throw new BuiltinFault('invalid JSON')
  return value
}

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt()
    return true
  } catch (fault) {
    if (fault instanceof BuiltinFault) return false
    throw fault
  }
}

/** The builtins of this file by name. */
export const encoding: BuiltinFamily = {
  'json.marshal': (_, value) => formatJson(value as RegoValue),
  'json.marshal_with_options': (_, value, options) => marshalWith(value as RegoValue, options),
  'json.unmarshal': (run, text) => parseText(run, text),
  'json.is_valid': (run, text) => typeof text === 'string' && succeeds(() => parseText(run, text)),
  'base64.encode': (run, text) => toBase64(run, asString(text)),
  'base64.decode': (run, text) => fromBase64(run, asString(text)),
  'base64.is_valid': (run, text) => typeof text === 'string' && base64Bytes(run, text) !== undefined,
  'base64url.encode': (run, text) => toUrl(toBase64(run, asString(text))),
  'base64url.encode_no_pad': (run, text) => withoutPadding(toUrl(toBase64(run, asString(text)))),
  'base64url.decode': (run, text) => fromBase64Url(run, asString(text)),
  'hex.encode': (run, text) => toHexText(run, asString(text)),
  'hex.decode': (run, text) => fromHex(run, asString(text)),
  'urlquery.encode': (run, text) => toForm(run, asString(text)),
  'urlquery.decode': (run, text) => fromForm(run, asString(text)),
  'urlquery.encode_object': (run, values) => {
    if (!isObj(values)) throw new BuiltinFault(`operand 1 must be object but got ${typeName(values as RegoValue)}`)
    return toQuery(run, values)
  },
  'urlquery.decode_object': (run, query) => fromQuery(run, asString(query)),
}
