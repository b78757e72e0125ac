import type { TestProject } from 'vitest/node'
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts'
import { startFakeModel } from '../../support/model.ts'
import { startFakeServices } from '../../support/services/services.ts'
import type {} from './provided.ts'

/** Misbehaving model endpoints on real sockets, for what runs in workerd. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [model, provider, services] = await Promise.all([startFakeModel(), startMisbehavingProvider(), startFakeServices()])
  project.provide('modelUrl', model.url)
  project.provide('providerUrl', provider.url)
  project.provide('servicesUrl', services.url)
  return async () => {
    await Promise.all([model.close(), provider.close(), services.close()])
  }
}
