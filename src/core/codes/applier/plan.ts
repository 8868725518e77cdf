import type { CodeEntry } from "../../code-entry.ts";
import { planMachineCodes } from "./plan-machines.ts";

/** What `ichor plan` decides against, and why: 700x and 701x machines, 702x policy, 703x etcd, 704x budgets, 705x files. */
export const planCodes = {
  ...planMachineCodes,
  ICH7020: {
    title: "secrets of the cluster are missing",
    meaning:
      "Without the cluster's secrets no configuration of its machines can be put together, so nothing is done to it.",
    remedy: "See `ichor secrets verify`. The key that opens the file has to be on the machine that applies.",
  },
  ICH7021: {
    title: "secrets of another cluster",
    meaning:
      "The authorities in the cluster's secrets are not those recorded for it. With others its machines would be cut off from each other.",
    remedy:
      "Take the file of secrets and the lock file from git again. Authorities are changed by a rotation only.",
  },
  ICH7022: {
    title: "changes are paused",
    meaning:
      "The policy of the fleet or of the site says `paused: true`. There is something to do, and nothing is done.",
    remedy: "Merge the removal of `paused` when the reason is gone.",
  },
  ICH7023: {
    title: "freeze",
    meaning: "Today is one of the days, by the calendar of UTC, on which the policy lets nothing be changed.",
    remedy: "Wait until they are over, or merge a change of the freeze.",
  },
  ICH7024: {
    title: "outside the rollout window",
    meaning: "The cluster has a `rollout.window`, and it is not open now.",
    remedy: "Run again in the window. What has to be done before needs a reviewed change of the window.",
  },
  ICH7025: {
    title: "rollout window that cannot be told",
    meaning:
      "The window has another form, or the machine that applies does not know its time zone. It counts as closed.",
    remedy: 'Write it as "Sat 01:00-05:00 Europe/Helsinki".',
  },
  ICH7030: {
    title: "etcd with exactly two members",
    meaning:
      "One of two members is no majority: while the other one boots, or tries out another network and is cut off by it, the cluster's API stands still, and if it does not come back the data is in danger. Adding a member is all that is done.",
    remedy: "Add a third control plane first.",
  },
  ICH7031: {
    title: "etcd is not whole",
    meaning:
      "Control planes are changed one at a time and only while etcd is healthy on every other one. Some other one is not, or was not looked at, or none of them shows who the members are.",
    remedy: "Mend the one that is named, or select all control planes, and run again.",
  },
  ICH7032: {
    title: "two etcd clusters in one",
    meaning:
      "Control planes of one cluster name members of etcd that have nothing in common. One of them belongs to another cluster or was bootstrapped by itself.",
    remedy: "Find out by their data which one is the cluster. Reset the other, which needs an Approval.",
  },
  ICH7033: {
    title: "unknown member of etcd",
    meaning:
      "Etcd has a member that is no control plane of the cluster in git. While it is there the majority is not what it seems.",
    remedy:
      "Remove the member of a machine that is gone with `ichor node replace`, or bring its server back into git.",
  },
  ICH7034: {
    title: "dead member of etcd",
    meaning:
      "The control plane is to be installed and etcd still counts its former life as a member. If it joined now there would be one more to have a majority of, and one of them dead.",
    remedy: "Remove the dead member first with `ichor node replace`, which needs an Approval.",
  },
  ICH7035: {
    title: "bootstrapping without both proofs",
    meaning:
      "Etcd is bootstrapped once in the life of a cluster. Git has to say that it was not, and every place of the control plane has to be read in the same run and show no etcd. A machine that does not answer proves nothing.",
    remedy:
      "Bring up the machines that are named and run again with all control planes of the cluster selected.",
  },
  ICH7036: {
    title: "machine waits for etcd",
    meaning:
      "No machine joins the cluster before its etcd was bootstrapped and that is recorded in git. It is held back.",
    remedy: "See what the control plane waits for on which etcd is to be bootstrapped.",
  },
  ICH7037: {
    title: "workers wait for control planes",
    meaning:
      "Workers are changed after their control planes, so that no worker is newer, and these wait for etcd.",
    remedy: "See what the control planes wait for.",
  },
  ICH7040: {
    title: "budget of changes is spent",
    meaning:
      "One run may change so many machines and no more. The first ones in the plan's order are changed, this one is not.",
    remedy: "Look whether so many changes are meant. Then run again, or merge another budget.",
  },
  ICH7041: {
    title: "budget of reboots is spent",
    meaning:
      "One run may reboot so many machines of a site and no more. The first ones in the plan's order are, this one is not.",
    remedy: "Look whether so many reboots are meant. Then run again, or merge another budget.",
  },
  ICH7042: {
    title: "budget of wipes is spent",
    meaning: "One run may wipe so many machines of a site and no more.",
    remedy: "Look whether so many wipes are meant. Then run again, or merge another budget.",
  },
  ICH7043: {
    title: "too many workers are away",
    meaning:
      "As many workers of the cluster as `rollout.maxUnavailable` allows do not serve now. No other one is disturbed.",
    remedy: "Bring them back, or merge another `rollout.maxUnavailable`.",
  },
  ICH7050: {
    title: "not a plan",
    meaning:
      "The file is not what `ichor plan --out` writes: it is no JSON, something is missing, or it has another form.",
    remedy: "Make a new plan with `ichor plan --out FILE`.",
  },
  ICH7051: {
    title: "plan of another version",
    meaning: "The file was written by an ichor whose plans have another form.",
    remedy: "Make a new plan with this ichor.",
  },
  ICH7052: {
    title: "not part of the interrupted run",
    meaning:
      "`ichor apply --resume` does what is left of a plan that somebody agreed to. By now the machine needs something else too, because somebody or something changed it in between.",
    remedy: "Run `ichor apply` without `--resume`: it shows everything and asks.",
  },
} as const satisfies Record<string, CodeEntry>;
