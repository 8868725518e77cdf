import type { Dirent } from "node:fs";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";

/** What the writer asks of a file system; a test may hand in one that fails. */
export interface WriteFs {
  /** Undefined where there is nothing; links are not followed. */
  readonly lstat: (path: string) => Pick<Dirent, "isDirectory" | "isFile"> | undefined;
  readonly readdir: (path: string) => readonly Pick<Dirent, "name" | "isDirectory" | "isFile">[];
  readonly readFile: (path: string) => Buffer;
  readonly mkdir: (path: string) => void;
  readonly writeFile: (path: string, text: string) => void;
  readonly rename: (from: string, to: string) => void;
  readonly unlink: (path: string) => void;
  readonly rmdir: (path: string) => void;
}

/** The machine's own file system. */
export const nodeFs: WriteFs = {
  lstat: (path) => lstatSync(path, { throwIfNoEntry: false }),
  readdir: (path) => readdirSync(path, { withFileTypes: true }),
  readFile: (path) => readFileSync(path),
  mkdir: (path) => {
    mkdirSync(path, { recursive: true });
  },
  writeFile: (path, text) => {
    writeFileSync(path, text);
  },
  rename: renameSync,
  unlink: unlinkSync,
  rmdir: rmdirSync,
};
