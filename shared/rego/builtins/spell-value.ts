/** Values in Rego's syntax. Pure. */
import { TextWriter } from '../text-writer.ts'
import { isArray, isNum, isObj, type RegoValue, SetOf, sortedEntries } from '../value.ts'

/** A value in Rego's syntax: `{1, 2}`, `set()`, `["a"]`. Spends fuel for each piece. */
export function spellValue(value: RegoValue): string {
  const writer = new TextWriter()
  spell(writer, value)
  return writer.text
}

function spell(writer: TextWriter, value: RegoValue): void {
  if (typeof value === 'string') writer.quoted(value)
  else if (isNum(value)) writer.number(value)
  else if (isArray(value)) list(writer, '[', value, ']')
  else if (value instanceof SetOf) {
    if (value.size === 0) writer.write('set()')
    else list(writer, '{', value.sorted(), '}')
  } else if (isObj(value)) {
    writer.write('{')
    for (const [index, [key, member]] of sortedEntries(value).entries()) {
      if (index > 0) writer.write(', ')
      spell(writer, key)
      writer.write(': ')
      spell(writer, member)
    }
    writer.write('}')
  } else writer.write(String(value))
}

function list(writer: TextWriter, open: string, members: readonly RegoValue[], close: string): void {
  writer.write(open)
  for (const [index, member] of members.entries()) {
    if (index > 0) writer.write(', ')
    spell(writer, member)
  }
  writer.write(close)
}
