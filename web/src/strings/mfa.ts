import { area } from './area.ts'
import { mfa as en } from './en/mfa.ts'

export const mfa = area('mfa', en)
