import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './migrations/schema.ts',
  out: process.env.SOMA_MIGRATIONS_OUT ?? './migrations',
})
