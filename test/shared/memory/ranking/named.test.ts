import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FactIndex, isSpelledLike } from '../../../../shared/memory/ranking/named.ts'

describe('A named fact', () => {
  const index = new FactIndex([
    { names: ['favourite tea'], text: 'Assam, with milk' },
    { names: ['kubernetes', 'k8s'], text: 'Deploys to a cluster with Helm charts.' },
    { names: ['note 17'], text: 'The boiler has the code 1234.' },
  ])
  for (const [message, found] of [
    ['Which tea is my favourite?', [0]],
    ['How do I roll back on K8S, please?', [1]],
    ['How do I deploy to kubernets?', [1]],
    ['boiler code?', [2]],
    ['Is green tea healthy?', []],
    ['Which charts are popular this week?', []],
    ['', []],
  ] as const)
    it(`of "${message}" is ${JSON.stringify(found)}`, () => assert.deepEqual(index.find(message), found))
})

describe('Spelling', () => {
  for (const [a, b, isAlike] of [
    ['redis', 'reedis', true],
    ['script', 'scirpt', true],
    ['script', 'scrpit', true],
    ['mongo', 'mango', true],
    ['react', 'beact', false],
    ['tea', 'tee', false],
    ['assam', 'assassin', false],
  ] as const)
    it(`of ${a} is ${isAlike ? '' : 'not '}that of ${b}`, () => assert.equal(isSpelledLike(a, b), isAlike))
})
