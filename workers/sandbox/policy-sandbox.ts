/** The entrypoint of the sandbox. It keeps nothing of a request except explainers, and reads only its arguments. */
import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers'
import { z } from 'zod'
import plan from '../../policy/plan.json'
import type { LoadedPolicy } from '../../shared/policy/bundle.ts'
import { builtInPolicy } from '../../shared/policy/decision-point.ts'
import type { PolicyRefusal } from '../../shared/policy/policy-refusal.ts'
import {
  type ConstitutionExamination,
  type ExplanationRequest,
  type PolicyReplay,
  type PolicySandboxPort,
  type PolicyUpload,
  type ReplayAnswers,
  type ReplaySetup,
  withinLimits,
} from '../../shared/policy/sandbox.ts'
import { examineInSlices } from '../../shared/policy/trial/examine-constitution.ts'
import { examinePolicy } from '../../shared/policy/trial/examine-policy.ts'
import { RuleExplainer } from '../../shared/policy/trial/explain-rules.ts'
import { loadReplay, type RecordedDecider, replay } from '../../shared/policy/trial/replay.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

let cachedPolicy: LoadedPolicy | undefined
/** The built-in policy. Its plan has the constitution's entry points. */
const builtIn = (): LoadedPolicy => {
  cachedPolicy ??= builtInPolicy(plan)
  return cachedPolicy
}
const explainer = new RuleExplainer(plan)

/** Lets other requests run, and the clock of a Worker advance. */
const yieldToRequests = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** The recorded decisions of one call. */
const Recorded = z.array(z.object({ id: z.string(), input: z.unknown(), allowed: z.boolean(), at: z.number() })).max(100)

export class PolicySandbox extends WorkerEntrypoint implements PolicySandboxPort {
  async ready(): Promise<true> {
    return true
  }

  async examinePolicy(text: string, upload: PolicyUpload): Promise<PolicyRefusal | null> {
    return examinePolicy(text, upload, yieldToRequests)
  }

  async examineConstitution(document: string, at: number): Promise<ConstitutionExamination> {
    return withinLimits(await examineInSlices(JSON.parse(document), builtIn().plan, at, yieldToRequests))
  }

  async replay(setup: ReplaySetup): Promise<Result<Replay, PolicyRefusal>> {
    const loaded = loadReplay(setup, builtIn().plan)
    return loaded.ok ? ok(new Replay(loaded.value)) : fail(loaded.error)
  }

  async explain(request: ExplanationRequest): Promise<Result<string, string>> {
    return explainer.explain(request)
  }
}

/** A loaded candidate, until the caller disposes of it. */
class Replay extends RpcTarget implements PolicyReplay {
  readonly #decider: RecordedDecider

  constructor(decider: RecordedDecider) {
    super()
    this.#decider = decider
  }

  async decide(recorded: string, maxMs: number): Promise<ReplayAnswers> {
    return replay(this.#decider, Recorded.parse(JSON.parse(recorded)), { maxMs, now: Date.now, pause: yieldToRequests })
  }
}
