import fc from "fast-check";

/**
 * Property tests draw the same cases in each run, so that a change is judged by what it changes. `SEED=random` draws
 * others, and a number those of one failure.
 */
const said = process.env["SEED"] ?? "20261121";
if (/^-?\d+$/.test(said)) fc.configureGlobal({ seed: Number(said) });
