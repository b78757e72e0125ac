import { area } from './area.ts'
import { docs as en } from './en/docs.ts'

export const docs = area('docs', en)
