import type { CodeEntry } from "../code-entry.ts";

export const renderCodes = {
  ICH5101: {
    title: "unknown Talos document kind",
    meaning:
      "A patch has a document of a kind that the Talos version of a machine it reaches does not know. Talos would refuse the whole configuration.",
    remedy:
      "Correct the kind, or move the patch to a layer whose machines all run a version that has the kind: to the clusters that were upgraded, for example.",
  },
  ICH5102: {
    title: "unknown field in a Talos patch",
    meaning:
      "A patch sets or deletes a field that the Talos version of a machine it reaches does not have. Talos refuses configurations with unknown fields.",
    remedy: "Correct the name, or move the patch to clusters whose Talos version has the field.",
  },
  ICH5103: {
    title: "wrong type in a Talos patch",
    meaning: "A value in a patch is of another type than Talos reads there.",
    remedy: "Write a value of the type that the message names.",
  },
  ICH5104: {
    title: "control-plane setting on a worker",
    meaning:
      "A patch of a layer that reaches workers has something that Talos accepts on control planes only. It is not left out silently, since nobody could see from the file where it holds.",
    remedy: "Move it to `controlPlane.patches` of the cluster, whose patches reach its control planes only.",
  },
  ICH5105: {
    title: "JSON patch",
    meaning:
      "A patch is a list of operations as in RFC 6902. Talos applies those only to configurations of a single document, and no machine has such a configuration.",
    remedy:
      "Write a strategic merge patch: a Talos document with only the part that shall differ. `$patch: delete` removes a key, an element of a list or a document.",
  },
  ICH5106: {
    title: "unknown patch directive",
    meaning: "A patch has `$patch` with another word than `delete`, the only one that Talos knows.",
    remedy:
      "Leave the line out to merge. To replace a list or mapping, delete it in one patch document and set it in the next one of the same file.",
  },
  ICH5107: {
    title: "field and document say the same",
    meaning:
      "A machine would have both a field of the document without a kind and the document of a kind that replaced the field. Talos refuses a configuration with both; beside SysctlConfig and a few others it passes the field over in silence.",
    remedy: "Patch the one that the machine has already; `ichor explain NODE` shows its documents.",
  },
  ICH5108: {
    title: "deletion inside an element of a list",
    meaning:
      "Talos deletes whole elements of a list, and knows them by the field that is written beside `$patch: delete`. A key inside an element, or an element without such a field, cannot be deleted.",
    remedy: "Delete the element in one patch document and set it anew, without the key, in the next.",
  },
  ICH5109: {
    title: "nothing to delete",
    meaning:
      "A patch deletes something that a machine it reaches does not have. Talos refuses that, unless it is a whole document.",
    remedy: "Take the deletion out, or move it to a layer where all machines have what it deletes.",
  },
  ICH5110: {
    title: "values of different sorts cannot be merged",
    meaning:
      "In a free mapping, such as the kubelet's extra configuration, a patch has a value of another sort than what is there: a text for a number, a list for a mapping. Talos refuses to merge the two.",
    remedy: "Write the same sort of value, or delete the key in one patch document and set it in the next.",
  },
  ICH5111: {
    title: "value that Talos cannot merge",
    meaning:
      "A few fields cannot be merged by Talos once they are set: the size of an install disk, a URL with a user name, and addresses in some documents before v1.14.",
    remedy: "Delete what is there in one patch document (`$patch: delete`) and set it anew in the next.",
  },
  ICH5112: {
    title: "documents exclude each other",
    meaning:
      "A machine would have two documents that configure the same thing, such as one network link or one volume. Talos refuses a configuration with both.",
    remedy:
      "Patch the document that the machine has, or delete it in the same patch file with `$patch: delete`.",
  },
  ICH5113: {
    title: "value lost by merging",
    meaning:
      "Talos' merge forgets some values (disk selectors, sizes of volumes, certificates and keys) whenever a patch changes the mapping around them without repeating them. The patch is merged as Talos would, and the value is gone.",
    remedy: "Repeat the value in the patch to keep it, or set it to null to say that it shall go.",
  },
  ICH5114: {
    title: "not a Talos document",
    meaning:
      "A document in a patch is none that Talos reads: it lacks its kind, its apiVersion or its name, or it deletes the document that every machine needs.",
    remedy:
      "Add what is missing. A patch is written like the configuration, with only the part that shall differ.",
  },
  ICH5201: {
    title: "edited by hand",
    meaning:
      "A file in generated/ differs from what ichor last wrote there. The next compile would silently undo the edit, so it is refused. A file that a person put where ichor wants to write is treated alike.",
    remedy:
      "Make the change where it belongs: in inventory/ or clusters/, for a single machine as a patch. Then run `ichor compile --overwrite`, which replaces the file. After a merge conflict inside generated/, `ichor compile --overwrite` is also the way out.",
  },
  ICH5202: {
    title: "something is in the way",
    meaning:
      "Where ichor has to write a file or make a folder there is a link, a device, a folder in place of a file or a file in place of a folder. ichor follows no links when it writes, since they may lead out of the repository.",
    remedy: "Move or delete what is there and compile again.",
  },
} as const satisfies Record<string, CodeEntry>;
