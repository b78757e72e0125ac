import { area } from './area.ts'
import { calls as en } from './en/calls.ts'

export const calls = area('calls', en)
