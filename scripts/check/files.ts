/** The files that the rules of `npm run check` read. */
import { execFileSync } from 'node:child_process'
import { exists, root } from '../project.ts'

const folders = ['shared', 'durable-objects', 'workers', 'web/src', 'scripts', 'bench', 'migrations']

/** TypeScript sources, tracked or new, without generated ones. Paths from the project's root. */
export function sourceFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed.split('\n').filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.gen.d.ts') && exists(file))
}
