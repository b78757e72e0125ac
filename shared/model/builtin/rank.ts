/** Ranks sentences by a question (Okapi BM25), and selects the most representative ones. Pure. */
import { terms } from './words.ts'

/** Term saturation and length normalization: the usual values. */
const k1 = 1.2
const b = 0.75

/** A sentence's rank for a question. */
export interface RankedSentence {
  /** Index in the ranked list. */
  readonly index: number
  readonly score: number
  /** The share of the question's terms in the sentence, 0 to 1. */
  readonly coverage: number
}

/** The sentences that share a term with `question`, best first. Of equals, the later one. */
export function rank(question: string, sentences: readonly string[]): RankedSentence[] {
  const questionTerms = [...new Set(terms(question))]
  const documents = sentences.map(terms)
  const meanLength = documents.reduce((sum, document) => sum + document.length, 0) / Math.max(1, documents.length)
  const idf = new Map(
    questionTerms.map((term) => {
      const documentFrequency = documents.filter((document) => document.includes(term)).length
      return [term, Math.log(1 + (documents.length - documentFrequency + 0.5) / (documentFrequency + 0.5))]
    }),
  )
  return documents
    .map((document, index) => {
      const matches = questionTerms.filter((term) => document.includes(term))
      const score = matches.reduce((sum, term) => {
        const frequency = document.filter((word) => word === term).length
        return sum + ((idf.get(term) ?? 0) * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * document.length) / meanLength))
      }, 0)
      return { index, score, coverage: matches.length / Math.max(1, questionTerms.length) }
    })
    .filter(({ score }) => score > 0)
    .sort((x, y) => y.score - x.score || y.index - x.index)
}

/** The `count` sentences with the terms that recur most in the others, in original order. Skips sentences that repeat a chosen one. */
export function centralSentences(sentences: readonly string[], count: number): string[] {
  const documents = sentences.map((sentence) => [...new Set(terms(sentence))])
  const documentFrequency = new Map<string, number>()
  for (const term of documents.flat()) documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1)
  const byWeight = documents
    .map((document, index) => {
      const recurring = document.reduce((sum, term) => sum + Math.log(1 + (documentFrequency.get(term) ?? 0)), 0)
      return { index, weight: recurring / Math.sqrt(document.length + 2) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((x, y) => y.weight - x.weight || x.index - y.index)
  const selection: number[] = []
  for (const { index } of byWeight) {
    if (selection.length === count) break
    const ownTerms = documents[index] ?? []
    const isRepetition = selection.some(
      (other) => ownTerms.filter((term) => documents[other]?.includes(term)).length > 0.8 * ownTerms.length,
    )
    if (!isRepetition) selection.push(index)
  }
  return selection.sort((x, y) => x - y).map((index) => sentences[index] ?? '')
}
