import type { Lesson } from '@ds01/command-line';

/** What `--guided` and `--concepts` tell about commands on images, by their names. */
export const imageLessons: Readonly<Record<string, Lesson>> = {
  'image create': {
    before: [
      'An image is a ready-made set of programs and libraries, from which containers are made. This makes one of your own: a base that others made (with Python, or PyTorch), and what you need on top of it.',
      'What goes in is written down in a Dockerfile, a recipe of one step a line, in the folder of your project. The recipe is yours: read it, edit it, keep it in git. The image can be built from it again at any time.',
      'Each step becomes a layer. A layer that has not changed is taken from before, which is why the second build is quick.',
    ],
    after: [
      'The image is there under the name of the project. `ds01 container deploy thesis` makes a container from the image thesis, `ds01 image update thesis --add timm` adds to it.',
    ],
  },
  'image build': {
    before: [
      'This follows the Dockerfile of a project step by step and makes an image of it. The Dockerfile stays as it is.',
      'Steps that have not changed since the last time are not done again. Below the first step that changed everything is: so what changes often stands far down.',
    ],
    after: [
      'Each build is a version with a tag of its own that never changes. `ds01 image history` lists them, and a container that runs keeps the version that it was made from.',
    ],
  },
  'image update': {
    before: [
      'This changes the Dockerfile of an image where it must, leaves the rest as you wrote it, and builds again.',
      'A container is made from an image once. One that runs does not change with it: deploy it again, and it has what is new. Your files in the workspace stay.',
    ],
    after: [
      'The name of the image leads to the new version; the one before is kept, and `ds01 image rollback` goes back to it.',
    ],
  },
  'image install': {
    before: [
      'What you install inside a container with pip goes when the container goes. This writes packages into the recipe of its image instead, so that every later container has them.',
    ],
    after: ['The image has them. A container that runs gets them when it is deployed again.'],
  },
  'image lint': {
    before: [
      'This reads a Dockerfile and points at what tends to go wrong: a base without a version, which is another one tomorrow; a password that stays readable in a layer; data copied into the image, which makes it huge.',
    ],
    after: [],
  },
  'image list': {
    before: [
      'An image is what a container is made from: programs and libraries. These are the images of this server that you may use, your own first.',
      'A tag is a name for one version of an image: thesis:experiment-42. Without one, latest is meant.',
    ],
    after: [
      'Use one with `ds01 container deploy thesis --image ds01/busybox`, by the name in the first column.',
    ],
  },
  'image show': {
    before: [
      'This shows one image: what it runs, as whom, and its layers. A layer is what one step of the Dockerfile changed; images that begin with the same steps share those layers on disk.',
    ],
    after: [],
  },
  'image history': {
    before: [
      'Every build of an image is kept as a version with a tag of its own, such as b20261122-1. The one that is used, when nobody says which, is called latest.',
    ],
    after: [
      'To bring one back, `ds01 image rollback`; to keep one under a name that you will know, `ds01 image tag thesis experiment-42`.',
    ],
  },
  'image log': {
    before: [
      'This shows what a build printed, step by step. When a build failed, its last lines tell why.',
    ],
    after: [],
  },
  'image diff': {
    before: [
      'This puts two versions of an image beside each other: packages that came, went or changed their version, and the layers that only one of them has. It answers why something worked last week.',
    ],
    after: [],
  },
  'image tag': {
    before: [
      'A tag is a name for one version of an image. Tag what you ran an experiment with, and you can run it again with exactly that, whatever the image has become since.',
    ],
    after: [
      'It is kept until you delete it. `ds01 container deploy again --image thesis:experiment-42` makes a container from it.',
    ],
  },
  'image rollback': {
    before: [
      'This makes an earlier version of an image the one that is used. Nothing is lost: the newer one keeps its tag. The Dockerfile is not touched, and the next build is made from it as it is.',
    ],
    after: ['The next containers are made from it; those that run keep what they have.'],
  },
  'image delete': {
    before: [
      'This deletes an image of yours, or one of its tags. The Dockerfile in your project stays, so the image can be built again.',
      'An image that containers were made from is kept, unless you force it: then its name goes, and the containers go on working.',
    ],
    after: ['It is gone from this server. `ds01 image build thesis` makes an image again.'],
  },
  'image prune': {
    before: [
      'Old builds take space. This deletes those of yours that no container uses and that have no tag of your own. What is used, what is latest, and what you tagged stays.',
    ],
    after: [],
  },
  'image bases': {
    before: [
      'A base is the image that yours begins with. It brings Python, CUDA and a framework. CUDA needs a driver on the server that is new enough: this list tells which bases run here.',
    ],
    after: ['Begin with one: `ds01 image create thesis --framework pytorch`.'],
  },
  'image share': {
    before: [
      'Your images are yours alone. This lets people, or all of a group, use one: make containers from it and build on it. They can neither change nor delete it.',
    ],
    after: [
      'They see it in their list, and whose it is. `ds01 image share thesis --remove` takes it back.',
    ],
  },
  'image push': {
    before: [
      'A registry keeps images outside of this server, so that they can be fetched elsewhere. This sends one there, with the credentials that you gave to docker login. Layers that the registry has are not sent again.',
    ],
    after: [],
  },
  'image pull': {
    before: [
      'This fetches an image from a registry and gives it to you as one of your own: nobody else sees it, and you may tag and delete it.',
    ],
    after: ['`ds01 image list` has it now.'],
  },
  'image sbom': {
    before: [
      'A bill of materials lists every package in an image with its version and license, in a format that other programs read: for a paper, for an audit, or to look for known weaknesses.',
    ],
    after: [],
  },
};
