/**
 * The measured costs of the worst requests of `test/security/request-costs.long.test.ts`, on a busy machine of 2025. CPU time has steps of
 * 10 ms. Memory is the growth of the resident memory of workerd.
 * The requests of `restoreFile`: a session of 100,000 events, and 10,000 memories. `erasure` deletes those. `relations` writes 100 tuples.
 * `fileUpload` stores 249 MB in ten files. Its memory includes that of the simulated bucket.
 */
import type { CostClass } from './cost-classes.ts'

export interface MeasuredCost {
  readonly cpuMs: number
  readonly memoryMb: number
}

export const measuredCosts: Readonly<Record<CostClass, MeasuredCost>> = {
  none: { cpuMs: 10, memoryMb: 1 },
  signIn: { cpuMs: 40, memoryMb: 1 },
  page: { cpuMs: 30, memoryMb: 1 },
  branch: { cpuMs: 110, memoryMb: 7 },
  stream: { cpuMs: 20, memoryMb: 8 },
  change: { cpuMs: 170, memoryMb: 12 },
  message: { cpuMs: 30, memoryMb: 6 },
  invocation: { cpuMs: 50, memoryMb: 1 },
  relations: { cpuMs: 250, memoryMb: 1 },
  evaluation: { cpuMs: 50, memoryMb: 6 },
  upload: { cpuMs: 30, memoryMb: 5 },
  erasure: { cpuMs: 60, memoryMb: 1 },
  memorySearch: { cpuMs: 10, memoryMb: 1 },
  memoryBulk: { cpuMs: 10, memoryMb: 1 },
  rotation: { cpuMs: 20, memoryMb: 1 },
  fork: { cpuMs: 2_700, memoryMb: 105 },
  fileUpload: { cpuMs: 5_270, memoryMb: 92 },
  exportFile: { cpuMs: 800, memoryMb: 55 },
  importFile: { cpuMs: 3_040, memoryMb: 128 },
  restoreFile: { cpuMs: 2_650, memoryMb: 225 },
}
