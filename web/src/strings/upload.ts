import { plural } from "./common";

export const upload = {
  title: "Upload a template",
  lead: "Terraform of your own, from a folder or an archive.",
  drop: "Drop a folder or an archive here",
  dropHint: "With Terraform files (.tf) at its top: a folder, .tar, .tar.gz or .zip, at most 10 MB without what stays out.",
  folder: "Choose a folder",
  archive: "Choose an archive",
  cli: "From a command line the same is: slipway templates push",
  unreadable: "This could not be read. Choose a folder, or a whole .tar, .tar.gz or .zip without a password, of at most 100 MB unpacked.",
  notSent: "The files were not sent",
  contents: (files: number, size: string) => `${plural(files, "file")}, ${size}`,
  more: (n: number) => `and ${n.toLocaleString("en")} more`,
  files: (n: number) => plural(n, "file"),
  left: (n: number) => `${plural(n, "file")} left out`,
  why: {
    cache: "Downloads of Terraform: the import makes its own",
    git: "The history of Git: no template needs it",
    state: "State of Terraform: it may hold secrets",
    system: "Left behind by the system",
    link: "Links, and paths that lead out of the archive",
  },
  problems: {
    empty: "There is no file in it that could go into a template.",
    noTerraform: "There is no Terraform file (.tf) at its top. Choose the folder that holds main.tf.",
    tooMany: "It has more than 10,000 files. Leave out what the template does not need.",
  },
  tooLarge: (size: string, biggest: string, its: string) => `It has ${size}, and 10 MB is the most. The biggest file is ${biggest} with ${its}.`,
  description: "Description",
  descriptionHint: "One line, for the list of templates.",
  import: "Import it",
  open: "Upload your own",
};
