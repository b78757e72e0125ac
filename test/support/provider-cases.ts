/**
 * Ways in which OpenAI-compatible providers were reported to misbehave, and the expected turn for each. Data only: the fixture
 * `misbehaving-provider.ts` plays them, and `test/workers/conversation/models/providers.test.ts` checks them.
 */
import { calls } from './provider-cases/calls.ts'
import { endings } from './provider-cases/endings.ts'
import type { ProviderCase } from './provider-cases/provider-case.ts'
import { refusals } from './provider-cases/refusals.ts'
import { shapes } from './provider-cases/shapes.ts'

export const cases: Readonly<Record<string, ProviderCase>> = { ...endings, ...shapes, ...calls, ...refusals }
