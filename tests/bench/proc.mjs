// CPU time and memory of processes, from Linux's /proc. Other systems have no such figures.
import { readdirSync, readFileSync } from "node:fs";

export const hasProc = process.platform === "linux";

/** Clock ticks per second, the unit of CPU times in /proc. */
const TICKS = 100;

/** Returns the fields of /proc/PID/stat after the command, or `undefined` if the process ended. */
function statFields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command is in parentheses and may itself contain any character.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Returns the process ids of this process's children. */
export const children = () =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && statFields(pid)?.[1] === String(process.pid))
    .map(Number);

/** Returns whether a process runs workerd. */
export function isWorkerd(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
  } catch {
    return false;
  }
}

/** Returns the CPU time of a process with all its threads, in seconds. */
export function cpuSeconds(pid) {
  const fields = statFields(pid);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Returns the resident memory of a process, in bytes. */
export const residentBytes = (pid) =>
  Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;

/** Returns the CPU time of this process and of its children that ended, in seconds. */
export function ownCpuSeconds() {
  const fields = statFields("self") ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
}

/** Returns the CPU time of all processes of this machine, in seconds, without idle time. */
export function machineCpuSeconds() {
  const [user, nice, system, , , irq, softirq, steal] = /^cpu\s+(.*)$/m
    .exec(readFileSync("/proc/stat", "utf8"))[1]
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}
