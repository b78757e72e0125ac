/**
 * Preloaded into the process that runs the Workers. It ends its whole process group when the parent process has ended, even if the parent
 * was killed.
 */
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
process.channel?.unref()
