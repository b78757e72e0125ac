import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeywordIndex } from '../../../../shared/memory/ranking/bm25.ts'
import { type Passage, PassageIndex } from '../../../../shared/memory/ranking/ranking.ts'
import { stem } from '../../../../shared/memory/ranking/stem.ts'
import { termsOf } from '../../../../shared/memory/ranking/terms.ts'

describe('A stem', () => {
  for (const [word, root] of [
    ['caresses', 'caress'],
    ['ponies', 'poni'],
    ['agreed', 'agre'],
    ['plastered', 'plaster'],
    ['hopping', 'hop'],
    ['filing', 'file'],
    ['happy', 'happi'],
    ['relational', 'relat'],
    ['conditional', 'condit'],
    ['electricity', 'electr'],
    ['hopefulness', 'hope'],
    ['adjustment', 'adjust'],
    ['adoption', 'adopt'],
    ['probate', 'probat'],
    ['controlling', 'control'],
    ['sky', 'sky'],
    ['yes', 'ye'],
    ['größe', 'größe'],
  ] as const)
    it(`of ${word} is ${root}`, () => assert.equal(stem(word), root))
})

describe('The terms of a text', () => {
  it('are stems without stop words', () => assert.deepEqual(termsOf("What's my favourite TEA, and when?"), ['favourit', 'tea']))
  it('are pairs of characters where words have no spaces', () => assert.deepEqual(termsOf('東京都'), ['東京', '京都']))
  it('are none of punctuation', () => assert.deepEqual(termsOf('?! …'), []))
})

describe('A keyword index', () => {
  const index = new KeywordIndex([['tea', 'assam'], ['tea'], ['coffee', 'beans', 'grinder', 'mill']])
  it('scores rare terms above common ones', () => {
    const scores = index.scores(['tea', 'assam'])
    assert.ok((scores[0] ?? 0) > (scores[1] ?? 0))
    assert.equal(scores[2], 0)
  })
  it('counts a term of the question once', () => assert.deepEqual(index.scores(['tea', 'tea']), index.scores(['tea'])))
  it('has no negative rarity', () => assert.ok(new KeywordIndex([['a'], ['a']]).rarity('a') > 0))
})

describe('A passage index', () => {
  const passages: Passage[] = [
    { session: '1', speaker: 'Ada', text: 'I adopted a dog.' },
    { session: '1', speaker: 'Ben', text: 'How lovely!' },
    { session: '1', speaker: 'Ada', text: 'She is called Pixel.' },
    { session: '2', speaker: 'Ada', text: 'The garden needs water.' },
    { session: '2', speaker: 'Ben', text: 'Buy a hose.', notes: '8 May, 2023' },
  ]
  const index = new PassageIndex(passages)
  const found = (question: string) => index.recall(question, 3).map(({ at }) => at)

  it('finds a passage by its stems', () => assert.equal(found('Which dogs were adopted?')[0], 0))
  it('finds what stands beside the words of the question', () => assert.ok(found('adopted dog name').includes(2)))
  it('finds by speaker and by notes', () => assert.equal(found('What happened in May 2023?')[0], 4))
  it('keeps neighbours of another session apart', () => {
    const scores = new Map(index.best('dog', 5).map(({ at, score }) => [at, score]))
    assert.equal(scores.has(3), false)
    assert.ok((scores.get(1) ?? 0) > 0)
  })
  it('recalls nothing that shares only a common word', () =>
    assert.deepEqual(found('Should Ada invest in municipal bonds this quarter?'), []))
  it('recalls nothing for a question without words', () => assert.deepEqual(found('?'), []))
  it('recalls the only passage for a question with other words, too', () => {
    const alone = new PassageIndex([{ session: '1', text: 'My dog is called Rex.' }])
    assert.equal(alone.recall('And how old? What is my dog called?', 3).length, 1)
    assert.deepEqual(alone.recall('Which bonds should a pension fund buy?', 3), [])
  })
  it('recalls nothing from no passages', () => assert.deepEqual(new PassageIndex([]).recall('dog', 3), []))
  it('does not depend on what was recalled before', () => {
    const before = index.best('Ada dog garden', 5)
    for (let round = 0; round < 20; round++) index.recall('garden water', 5)
    assert.deepEqual(index.best('Ada dog garden', 5), before)
  })
})
