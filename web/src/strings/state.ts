import { area } from './area.ts'
import { state as en } from './en/state.ts'

export const state = area('state', en)
