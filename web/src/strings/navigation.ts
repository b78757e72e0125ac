import { area } from './area.ts'
import { navigation as en } from './en/navigation.ts'

export const navigation = area('navigation', en)
