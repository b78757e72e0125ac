import { defineConfig } from 'drizzle-kit'
import { readVariable } from '../shared/settings/variables.ts'

export default defineConfig({
  dialect: 'postgresql',
  schema: './migrations/schema.ts',
  out: readVariable(process.env, 'SOMA_MIGRATIONS_OUT'),
})
