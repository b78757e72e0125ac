/** The circuit breaker of a call's tool, which the tenant object keeps. */
import { jobFields } from '../../shared/log/fields.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import type { BreakerState, ToolBreaker } from '../../shared/tool/breaker.ts'
import type { CallJob } from '../../shared/tool/executor.ts'
import { logger } from './logger.ts'

/** The methods of the tenant object. */
interface BreakerBindings {
  readonly TENANT: {
    getByName(tenant: string): {
      toolBreaker(name: string): Promise<BreakerState>
      reportTool(name: string, failed: boolean): Promise<void>
    }
  }
}

/** The breaker of one call. Where the tenant object is unavailable or of an earlier release, it is closed. */
export function breakerOf(env: BreakerBindings, job: CallJob): ToolBreaker {
  const tenant = () => env.TENANT.getByName(job.tenant)
  const unlessUnavailable = async <T>(call: () => Promise<T>): Promise<T | null> => {
    try {
      return await unlessOlder(call)
    } catch (error) {
      logger.write('breaker.unreachable', { error, ...jobFields(job), tool: job.name })
      return null
    }
  }
  return {
    state: () => unlessUnavailable(() => tenant().toolBreaker(job.name)),
    async report(failed) {
      await unlessUnavailable(() => tenant().reportTool(job.name, failed))
    },
  }
}
