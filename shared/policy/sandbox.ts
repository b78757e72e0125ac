/**
 * The port to the policy sandbox. That Worker evaluates explanations, and policies and constitutions that are not accepted yet. Pure.
 * Documents cross it as JSON text: a text has a length, and no depth that a copy could fail on. The sandbox runs untrusted
 * documents, so its callers parse each answer.
 */
import { z } from 'zod'
import { InputChange, RuleOutcome } from '../api/policy.ts'
import { InvalidField } from '../api/problem.ts'
import type { Result } from '../result.ts'
import type { PolicyInput } from './access-request.ts'
import { maxConstitutionUnits } from './constitution/constitution.ts'
import type { PolicyStamp } from './decision-result.ts'
import { Detail, type PolicyRefusal, shortDetail } from './policy-refusal.ts'

/** Problems of one constitution. */
const maxProblems = 1_000
/** Longest explanation, in UTF-16 units of JSON. */
export const maxExplanationUnits = 1_000_000

/** What the sandbox needs to know of an upload, beside its text. */
export interface PolicyUpload {
  /** The revision that was signed. */
  readonly revision: number
  /** The active policy. */
  readonly current: PolicyStamp
  /** The input of the next upload, which the new policy must allow. */
  readonly uploader: PolicyInput
  /** Unix ms. */
  readonly at: number
}

/** All problems of a constitution. */
export const ConstitutionExamination = z.object({
  /** Its canonical JSON (RFC 8785); empty unless it is well-formed. */
  text: z.string().max(maxConstitutionUnits),
  problems: z.array(InvalidField.extend({ detail: Detail })).max(maxProblems),
  /** Whether everything but its tests is valid. */
  wellFormed: z.boolean(),
})
export type ConstitutionExamination = Readonly<z.infer<typeof ConstitutionExamination>>

/** An examination within the limits of a response. */
export const withinLimits = (examination: {
  readonly text: string
  readonly problems: readonly InvalidField[]
  readonly wellFormed: boolean
}): ConstitutionExamination => ({
  text: examination.wellFormed ? examination.text : '',
  problems: examination.problems.slice(0, maxProblems).map(({ pointer, detail }) => ({ pointer, detail: shortDetail(detail) })),
  wellFormed: examination.wellFormed,
})

/** A policy and a constitution that decide recorded requests again. */
export interface ReplaySetup {
  /** JSON of `{plan, data}`. Null: the recorded decision counts, as for an OPA server. */
  readonly policy: string | null
  /** A constitution's document as JSON. Null: none. One that cannot be loaded denies everything. */
  readonly constitution: string | null
  /** Skips decisions on texts that the constitution reads, because the trail does not store them. */
  readonly skipsTexts: boolean
}

/** The answers to the first of the recorded decisions: to all of them, unless the time was up. */
export const ReplayAnswers = z.object({
  /** `fault`: the evaluation failed, for example without fuel. It denies. */
  answers: z.array(z.enum(['allowed', 'denied', 'fault', 'skipped'])),
  /** The first fault. */
  fault: Detail.nullable(),
})
export type ReplayAnswers = Readonly<z.infer<typeof ReplayAnswers>>

/** A loaded `ReplaySetup`. The caller disposes of it. */
export interface PolicyReplay {
  /** `recorded`: JSON of `RecordedDecision[]`. Answers at least one of them. `maxMs`: the time after which it starts no other one. */
  decide(recorded: string, maxMs: number): Promise<ReplayAnswers>
}

/** The decision to explain, as JSON texts. */
export interface ExplanationRequest {
  /** `{plan, data}`. */
  readonly policy: string
  /** A constitution's document. Null: none. */
  readonly constitution: string | null
  /** `{input}`. */
  readonly question: string
  /** Unix ms. */
  readonly at: number
}

/** The rules and inputs that led to a decision, and the changes that would alter it. */
export const ExplainedRules = z.object({
  rules: z.array(RuleOutcome),
  inputs: z.array(z.object({ pointer: z.string(), value: z.unknown().optional() })),
  changes: z.array(InputChange),
})
export type ExplainedRules = z.infer<typeof ExplainedRules>

/** The calls of the policy sandbox. */
export interface PolicySandboxPort {
  /** Whether it runs. */
  ready(): Promise<true>
  /** Loads the text of a policy bundle, and runs its tests. Null: it may become active. */
  examinePolicy(text: string, upload: PolicyUpload): Promise<PolicyRefusal | null>
  /** `document`: JSON. `at`: Unix ms. */
  examineConstitution(document: string, at: number): Promise<ConstitutionExamination>
  replay(setup: ReplaySetup): Promise<Result<PolicyReplay, PolicyRefusal>>
  /** JSON of `ExplainedRules`, or why there is none. */
  explain(request: ExplanationRequest): Promise<Result<string, string>>
}
