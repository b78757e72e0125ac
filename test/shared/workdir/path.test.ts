import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limits } from '../../../shared/api/limits.ts'
import { foldedPath, parentsOf, parseFilePath, parseFolderPath } from '../../../shared/workdir/path.ts'

const spelled = (path: string) => {
  const parsed = parseFilePath(path)
  return parsed.ok ? parsed.value : parsed.error
}

describe('A path in a working folder', () => {
  it('has one spelling', () => {
    for (const path of ['notes/plan.md', '/notes/plan.md', './notes/plan.md', 'notes//plan.md', 'notes/./plan.md'])
      assert.equal(spelled(path), 'notes/plan.md')
    assert.equal(spelled('u\u0308ber.txt'), '\u00fcber.txt')
    assert.deepEqual(parseFolderPath('/'), { ok: true, value: '' })
  })

  for (const path of [
    '..',
    '../x',
    'a/../../x',
    'a/../b',
    '/../etc/passwd',
    'a/..',
    '. ./x',
    '.../x',
    '.. /x',
    ' ../x',
    '..\\x',
    'a\\..\\x',
    '%2e%2e/x',
    '%2E%2e%2fx',
    '%252e%252e/x',
    'a%5cb',
    'x%00.txt',
    '\uff0e\uff0e/x',
    '\u2025/x',
    '\u2024\u2024/x',
    '..\uff0fx',
    'a\uff3cb',
    'x\0.txt',
    'x\n.txt',
    'a\u202ecod.exe',
    'a\u200b/x',
    '\ud800x',
  ])
    it(`refuses ${JSON.stringify(path)}`, () => {
      assert.match(spelled(path), /^must /)
    })

  it('refuses what is too long, too deep, or no file', () => {
    assert.match(spelled('a'.repeat(limits.fileNameUnits + 1)), /in each name/)
    assert.match(spelled('aa/'.repeat(limits.pathUnits / 2)), /must /)
    assert.match(spelled('a/'.repeat(limits.pathFolders + 1).concat('x')), /folders/)
    for (const path of ['', '/', '.', 'folder/', './/']) assert.match(spelled(path), /must name a file/)
  })

  it('accepts names that only look special', () => {
    for (const path of ['.env', 'a..b', '..a', 'a/b.tar.gz', '100 %.txt', '~/x', '日本/メモ.md']) assert.equal(spelled(path), path)
  })

  it('has the same key whatever its case', () => {
    assert.equal(foldedPath('Notes/ÄPFEL.md'), foldedPath('notes/äpfel.MD'))
    assert.notEqual(foldedPath('a/b'), foldedPath('a-b'))
    assert.deepEqual(parentsOf('a/b/c.txt'), ['a', 'a/b'])
  })
})
