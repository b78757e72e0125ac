import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyEdit, linesOf } from '../../../shared/workdir/edit.ts'

const edit = (text: string, old: string, next: string, all = false) => {
  const edited = applyEdit(text, { old, new: next, all })
  return edited.ok ? edited.value : edited.error
}

describe('An edit', () => {
  it('replaces the passage, and nothing that looks like a pattern', () => {
    assert.deepEqual(edit('a.b axb', 'a.b', '$& \\1'), { text: '$& \\1 axb', count: 1 })
    assert.deepEqual(edit('one two', ' two', ''), { text: 'one', count: 1 })
  })

  it('refuses a passage that is missing, there twice, or the same', () => {
    assert.match(edit('abc', 'd', 'e') as string, /does not have the old text/)
    assert.match(edit('a a a', 'a', 'b') as string, /3 times/)
    assert.match(edit('a', 'a', 'a') as string, /the same/)
  })

  it('replaces every passage with `all`', () => {
    assert.deepEqual(edit('a a a', 'a', 'aa', true), { text: 'aa aa aa', count: 3 })
  })
})

describe('The lines of a file', () => {
  it('are read from a line on, with the number of the next one', () => {
    assert.deepEqual(linesOf('a\nb\nc', 1, 2), { text: 'a\nb', next: 3 })
    assert.deepEqual(linesOf('a\nb\nc', 3, 2), { text: 'c', next: null })
    assert.deepEqual(linesOf('a\nb\n', 9, 2), { text: '', next: null })
  })
})
