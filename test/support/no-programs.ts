/** A session that keeps no programs. */
import type { ProgramOwner } from '../../shared/tool/program-owner.ts'

export const noPrograms: ProgramOwner = {
  openProgram: async () => null,
  keepProgram: async () => null,
  claimProgramCall: async () => null,
  endProgramCall: async () => null,
}
