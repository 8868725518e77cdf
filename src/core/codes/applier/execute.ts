import type { CodeEntry } from "../../code-entry.ts";

/** ICH80xx: what can go wrong while a plan is carried out. */
export const executeCodes = {
  ICH8001: {
    title: "another applier works on the cluster",
    meaning:
      "One applier at a time changes a cluster. Another one holds the cluster's lease, and its time is not over. An applier that was killed leaves its lease behind until then.",
    remedy:
      "Wait until the other one is done, or until the time in the message, and run again. Nothing was changed in this cluster.",
  },
  ICH8002: {
    title: "lease was lost",
    meaning:
      "The applier could not renew its lease of the cluster in time, or another one has taken it over. It does nothing more to the cluster, not even to end what it began.",
    remedy:
      "Find out why the lease could not be renewed: a full disk, a clock that jumped, a process that stood still. Then plan again; what was begun is finished by the next run.",
  },
  ICH8003: {
    title: "plan is stale for this machine",
    meaning:
      "Each machine is looked at again before it is changed. This one is not as it was when the plan was made, so the plan says nothing about it any more. The rest of the plan goes on.",
    remedy: "Make a new plan and read what it says of this machine.",
  },
  ICH8004: {
    title: "another machine answers",
    meaning:
      "UUID, serial number and, at first contact, the MAC addresses are read over the connection that is about to be written to. They are not those of the inventory: a cable, an address or the inventory is wrong. Nothing was written to that machine.",
    remedy:
      "Compare the numbers in the message with the machine and with its rack's file, and correct the one that is wrong.",
  },
  ICH8005: {
    title: "machine cannot be contacted for the first time",
    meaning:
      "A machine in maintenance mode has no certificate. It gets its configuration, which holds the cluster's keys, only when the applier itself has power-cycled it through its BMC, or where an approval that still holds names its serial number.",
    remedy:
      "Give the server a BMC that ichor can use, or write an Approval with `do: first-contact` and its serial number.",
  },
  ICH8006: {
    title: "key changed during first contact",
    meaning:
      "The machine was checked and its key was noted. What answers now at the same address has another key: it booted once more, or it is another machine. It got no configuration.",
    remedy: "Find out what booted at this address, then run again: first contact starts from the beginning.",
  },
  ICH8007: {
    title: "machine refuses its configuration",
    meaning:
      "Talos on the machine did not accept the configuration, in its own words in the message. The machine keeps what it has.",
    remedy:
      "Each problem has the line of the machine's file that it speaks of, as far as Talos' words tell. `ichor explain NODE PATH` says which file of yours the value comes from: correct it there, compile and merge.",
  },
  ICH8008: {
    title: "timed out waiting",
    meaning:
      "What was waited for did not happen within its limit. The message says what was seen last. Nothing new is started in the cluster.",
    remedy:
      "Look at the machine: its console, `ichor status`. A second run goes on from where the machine then is.",
  },
  ICH8009: {
    title: "etcd is not healthy",
    meaning:
      "A control plane is changed only while all other members of etcd are healthy, agree on who is a member and have a leader, and the next one only when this one is healthy again. With two members none is rebooted.",
    remedy:
      "Bring the member in the message back, or remove it from etcd where its machine is gone for good. Then run again.",
  },
  ICH8010: {
    title: "etcd cannot be bootstrapped now",
    meaning:
      "Bootstrapping makes a new etcd. Where one exists already, a second one splits the cluster in two. So every control plane must have been seen without etcd, and git must not say that the cluster was bootstrapped; silence is no proof. Machines join only what git records as bootstrapped.",
    remedy:
      "Bring the control planes back that did not answer and run again. Where etcd runs on a machine that git does not record, stop and find out whose it is.",
  },
  ICH8011: {
    title: "change was not confirmed and was taken back",
    meaning:
      "Changes of uplinks, addresses and routing are tried first. They stay only when the machine answers over a new connection at its loopback. It did not in time, so Talos goes back to what it had by itself.",
    remedy: "The change cuts the machine off: correct it, compile and merge.",
  },
  ICH8012: {
    title: "call failed",
    meaning:
      "A call to a machine, to its BMC or to something that the applier needs failed, and repeating it did not help or is not allowed. The message has its words.",
    remedy: "Remove the cause and run again: what is done already is not done twice.",
  },
  ICH8013: {
    title: "not started after a failure",
    meaning:
      "After the first failure in a cluster nothing new is started there, so that one mistake does not reach all machines. What is under way is finished.",
    remedy: "Mend what failed, then run again.",
  },
  ICH8014: {
    title: "not started because the run was interrupted",
    meaning: "The run was asked to stop. What was under way was finished, this was not started.",
    remedy: "Run again to go on.",
  },
  ICH8015: {
    title: "plan does not fit the repository",
    meaning:
      "The plan names a cluster or a machine that the repository does not have, or asks for something that applying never does.",
    remedy: "Make a new plan from the commit that is to be applied.",
  },
  ICH8016: {
    title: "journal cannot be written",
    meaning:
      "What the applier does is written down before it is done. That failed, so nothing new is started.",
    remedy: "Make room on the disk or correct the permissions, then run again.",
  },
  ICH8017: {
    title: "bootstrap could not be recorded",
    meaning:
      "etcd was bootstrapped, but git could not be told on which server. Until it is recorded no further machine joins the cluster.",
    remedy: "Make it possible to write to git and run again: etcd is not bootstrapped a second time.",
  },
  ICH8018: {
    title: "node cannot be drained",
    meaning:
      "Before a machine is rebooted its pods are evicted, as `kubectl drain` does it. Some are still there: a disruption budget holds them, or they take too long to end. The machine was not rebooted, and its node is schedulable again unless somebody else had made it otherwise.",
    remedy:
      "Look at what the message names: give the application one more replica or its budget more room, or bring back the replica that is not ready. Then run again.",
  },
  ICH8019: {
    title: "node has pods that nothing makes anew",
    meaning:
      "A pod without a controller, such as one made with `kubectl run`, is gone for good when its node is drained. `kubectl drain` refuses without `--force`, and so does ichor: none of the node's pods was evicted, and the machine was not rebooted.",
    remedy: "Delete the pods in the message, or have a Deployment or a Job make them. Then run again.",
  },
  ICH8020: {
    title: "Kubernetes cannot be asked",
    meaning:
      "Nodes are drained before their machines are rebooted, through the Kubernetes API of their cluster. It does not answer, or the run leaves it alone.",
    remedy:
      "Bring the Kubernetes API of the cluster back and run again. Where only the reboot brings it back, run with `--no-drain`: the machine is then rebooted with all its pods on it.",
  },
  ICH8021: {
    title: "Kubernetes refuses",
    meaning:
      "What answers at the addresses of the Kubernetes API is not the cluster's, or it does not allow what draining takes: to see nodes and pods, to change nodes, to evict pods.",
    remedy:
      "Find out who answers at the address, whether the clocks agree, and whether an admission policy or a changed role stands against administrators of the group `system:masters`. `--no-drain` reboots without draining.",
  },
  ICH8022: {
    title: "node is not ready after its reboot",
    meaning:
      "The machine is back and runs what it should, but Kubernetes does not call its node ready. Where a run made the node unschedulable it stays so. Nothing new is started in the cluster.",
    remedy:
      "Look at the reason in the message: most often the network of pods is not up on the node. The next run makes the node schedulable again.",
  },
} as const satisfies Record<string, CodeEntry>;

export type ExecuteCode = keyof typeof executeCodes;
