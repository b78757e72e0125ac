import type { TestProject } from 'vitest/node'
import { startFakeModel } from '../../support/model.ts'
import type {} from './provided.ts'

/** Starts a fake model endpoint on a real socket, for tests in workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const model = await startFakeModel()
  project.provide('modelUrl', model.url)
  return model.close
}
