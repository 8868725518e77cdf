import { argocd } from "./argocd/argocd.ts";
import type { Generator } from "./generator.ts";
import { ipxe } from "./ipxe/ipxe.ts";
import { report } from "./report/report.ts";

/** What is made of a blueprint beside machine configurations. A new generator is one folder and one line here. */
export const GENERATORS: readonly Generator[] = [ipxe, argocd, report];
