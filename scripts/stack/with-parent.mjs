/**
 * Preloaded into the process that runs the Workers. It ends, with its whole process group, when whoever started it is gone, also
 * when that was killed and could not say goodbye.
 */
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
process.channel?.unref()
