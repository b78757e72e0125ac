/**
 * What recall finds: LoCoMo, ten long conversations with questions and the turns that answer them. Offline, without a model. The data is
 * not part of the project: `SOMA_BENCH_DATA` names its folder. The peer is BM25 with the same terms, over the turns alone.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { KeywordIndex } from '../shared/memory/ranking/bm25.ts'
import { type Passage, PassageIndex } from '../shared/memory/ranking/ranking.ts'
import { termsOf } from '../shared/memory/ranking/terms.ts'
import { estimateTokens } from '../shared/model/tokens.ts'
import { factQuality } from './quality-facts.ts'

/** The conversations that the weights were chosen on. */
const chosenOn: ReadonlySet<string> = new Set(['conv-26', 'conv-30', 'conv-41', 'conv-42'])
const counts = [5, 10, 20] as const
const mostPassages = 20
const categories: Readonly<Record<number, string>> = { 1: 'multi-hop', 2: 'time', 3: 'open domain', 4: 'single-hop', 5: 'adversarial' }
/** Questions of each conversation that are asked of the next one, which does not answer them. */
const foreignQuestions = 4

const Turn = z.object({ speaker: z.string(), dia_id: z.string(), text: z.string(), blip_caption: z.string().optional() })
const Conversations = z.array(
  z.object({
    sample_id: z.string(),
    conversation: z.record(z.string(), z.union([z.string(), z.array(Turn)])),
    qa: z.array(z.object({ question: z.string(), evidence: z.array(z.string()), category: z.int() })),
  }),
)
const Corrections = z.array(z.object({ question_id: z.string(), correct_evidence: z.array(z.string()) }))

interface Question {
  readonly text: string
  readonly category: number
  readonly evidence: readonly string[]
}

interface Conversation {
  readonly id: string
  readonly ids: readonly string[]
  readonly passages: readonly Passage[]
  readonly questions: readonly Question[]
  readonly index: PassageIndex
  readonly peer: KeywordIndex
}

/** The share of the evidence in the best 5, 10 and 20 passages, and the tokens of the best 10. */
interface Found {
  readonly category: number
  readonly shares: readonly number[]
  readonly tokens: number
}

function read<T>(schema: z.ZodType<T>, file: string): T {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

function load(folder: string, isCorrected: boolean): Conversation[] {
  const corrections = isCorrected ? read(Corrections, join(folder, 'locomo-corrections.json')) : []
  const corrected = new Map(corrections.map(({ question_id, correct_evidence }) => [question_id, correct_evidence]))
  return read(Conversations, join(folder, 'locomo10.json')).map(({ sample_id, conversation, qa }, position) => {
    const turns = Object.entries(conversation).flatMap(([session, value]) =>
      typeof value === 'string' ? [] : value.map((turn) => ({ session, turn, date: conversation[`${session}_date_time`] })),
    )
    const ids = turns.map(({ turn }) => turn.dia_id)
    const passages = turns.map(({ session, turn: { speaker, text, blip_caption = '' }, date }) => ({
      session,
      speaker,
      text,
      notes: `${blip_caption} ${typeof date === 'string' ? date : ''}`,
    }))
    const known = new Set(ids)
    const questions = qa.map(({ question, evidence, category }, at) => {
      const cited = corrected.get(`locomo_${position}_qa${at}`) ?? evidence
      const turnIds = cited.flatMap((text) => text.match(/D\d+:\d+/g) ?? [])
      return { text: question, category, evidence: [...new Set(turnIds)].filter((id) => known.has(id)) }
    })
    const index = new PassageIndex(passages)
    const peer = new KeywordIndex(passages.map(({ speaker, text }) => termsOf(`${speaker} ${text}`)))
    return { id: sample_id, ids, passages, questions, index, peer }
  })
}

type Search = (conversation: Conversation, question: string) => readonly number[]

const ranked: Search = ({ index }, question) => index.best(question, mostPassages).map(({ at }) => at)
const recalled: Search = ({ index }, question) => index.recall(question, mostPassages).map(({ at }) => at)
const keywords: Search = ({ peer }, question) => {
  const scores = peer.scores(termsOf(question))
  return [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b).slice(0, mostPassages)
}

function measure(conversations: readonly Conversation[], search: Search): Found[] {
  return conversations.flatMap((conversation) =>
    conversation.questions
      .filter(({ evidence }) => evidence.length > 0)
      .map(({ text, category, evidence }) => {
        const found = search(conversation, text)
        const ids = found.map((at) => conversation.ids[at])
        const shares = counts.map((count) => evidence.filter((id) => ids.slice(0, count).includes(id)).length / evidence.length)
        const tokens = found.slice(0, 10).reduce((sum, at) => sum + estimateTokens(conversation.passages[at]?.text ?? ''), 0)
        return { category, shares, tokens }
      }),
  )
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** The mean and the half of its interval of 95 %. */
function interval(values: readonly number[]): string {
  const center = mean(values)
  const variance = mean(values.map((value) => (value - center) ** 2))
  return `${center.toFixed(3)} ± ${(1.96 * Math.sqrt(variance / Math.max(1, values.length))).toFixed(3)}`
}

const shareAt = (found: readonly Found[], at: number): number[] => found.map(({ shares }) => shares[at] ?? 0)

function row(name: string, found: readonly Found[]): string {
  const perThousand = (1_000 * mean(shareAt(found, 1))) / Math.max(1, mean(found.map(({ tokens }) => tokens)))
  return `| ${name} | ${found.length} | ${counts.map((_, at) => interval(shareAt(found, at))).join(' | ')} | ${perThousand.toFixed(2)} |`
}

function categoryRow(found: readonly Found[]): string[] {
  const byCategory = Object.entries(categories).map(([category, name]) => {
    const own = found.filter((each) => each.category === Number(category))
    return { category: Number(category), name, count: own.length, recall: mean(shareAt(own, 1)) }
  })
  const macro = mean(byCategory.filter(({ category }) => category <= 4).map(({ recall }) => recall))
  return [
    ...byCategory.map(({ name, count, recall }) => `| ${name} | ${count} | ${recall.toFixed(3)} |`),
    `| mean of the first four | | ${macro.toFixed(3)} |`,
  ]
}

/** The questions of each conversation that the next one does not answer, and how many of them recall nothing. */
function foreign(conversations: readonly Conversation[]): { readonly asked: number; readonly empty: number } {
  let asked = 0
  let empty = 0
  for (const [at, { questions }] of conversations.entries()) {
    const next = conversations[(at + 1) % conversations.length]
    if (!next) continue
    const step = Math.ceil(questions.length / foreignQuestions)
    for (const { text } of questions.filter((_, position) => position % step === 0)) {
      asked += 1
      if (next.index.recall(text, mostPassages).length === 0) empty += 1
    }
  }
  return { asked, empty }
}

/** Runs the benchmark. Returns Markdown. The result is the same in every round. */
export async function quality(_rounds: number, log: (line: string) => void): Promise<string> {
  const folder = process.env.SOMA_BENCH_DATA ?? ''
  if (folder === '' || !existsSync(join(folder, 'locomo10.json')))
    return 'Skipped: `SOMA_BENCH_DATA` must name a folder with `locomo10.json` and `locomo-corrections.json`. Their licence (CC BY-NC 4.0) keeps them out of the project.'
  const conversations = load(folder, false)
  const isHeldOut = ({ id }: Conversation): boolean => !chosenOn.has(id)
  const heldOut = conversations.filter(isHeldOut)
  log(`${heldOut.length} conversations were not used for choosing`)
  const corrected = load(folder, true).filter(isHeldOut)
  const { asked, empty } = foreign(conversations)
  return [
    '| search | questions | recall at 5 | at 10 | at 20 | recall at 10 per 1,000 tokens |',
    '| --- | --- | --- | --- | --- | --- |',
    row('ranked', measure(heldOut, ranked)),
    row('ranked, corrected evidence', measure(corrected, ranked)),
    row('recalled: nothing, if nothing fits', measure(heldOut, recalled)),
    row('BM25: stop words, stems, speaker', measure(heldOut, keywords)),
    row(
      'ranked, conversations of the choice',
      measure(
        conversations.filter((each) => !isHeldOut(each)),
        ranked,
      ),
    ),
    '',
    '| category | questions | recall at 10, ranked |',
    '| --- | --- | --- |',
    ...categoryRow(measure(heldOut, ranked)),
    '',
    `Unanswered questions: nothing is recalled for ${empty} of ${asked}.`,
    '',
    factQuality(folder) ?? 'PrecisionMemBench is skipped: the folder has no `precision-mem-bench`.',
  ].join('\n')
}
