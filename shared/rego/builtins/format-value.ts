/** Values in Rego's syntax. Pure. */
import { TextWriter } from '../text-writer.ts'
import { isArray, isNum, isObj, RegoSet, type RegoValue, sortedEntries } from '../value.ts'

/** A value in Rego's syntax: `{1, 2}`, `set()`, `["a"]`. Spends fuel for each piece. */
export function formatValue(value: RegoValue): string {
  const writer = new TextWriter()
  writeValue(writer, value)
  return writer.text
}

function writeValue(writer: TextWriter, value: RegoValue): void {
  if (typeof value === 'string') writer.quoted(value)
  else if (isNum(value)) writer.number(value)
  else if (isArray(value)) writeList(writer, '[', value, ']')
  else if (value instanceof RegoSet) {
    if (value.size === 0) writer.write('set()')
    else writeList(writer, '{', value.sorted(), '}')
  } else if (isObj(value)) {
    writer.write('{')
    for (const [index, [key, member]] of sortedEntries(value).entries()) {
      if (index > 0) writer.write(', ')
      writeValue(writer, key)
      writer.write(': ')
      writeValue(writer, member)
    }
    writer.write('}')
  } else writer.write(String(value))
}

function writeList(writer: TextWriter, open: string, members: readonly RegoValue[], close: string): void {
  writer.write(open)
  for (const [index, member] of members.entries()) {
    if (index > 0) writer.write(', ')
    writeValue(writer, member)
  }
  writer.write(close)
}
