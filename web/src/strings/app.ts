import { area } from './area.ts'
import { app as en } from './en/app.ts'

export const app = area('app', en)
