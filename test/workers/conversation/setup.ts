import type { TestProject } from 'vitest/node'
import { startFakeModel } from '../../support/model.ts'
import type {} from './provided.ts'

/** A misbehaving model endpoint on a real socket, for what runs in workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const model = await startFakeModel()
  project.provide('modelUrl', model.url)
  return model.close
}
