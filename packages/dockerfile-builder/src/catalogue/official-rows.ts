/**
 * Images that the projects and NVIDIA publish, with tags that don't move to another version of the
 * framework. CUDA where the tag doesn't say it: TensorFlow's table of tested builds; NVIDIA's release
 * notes of each container. There is no image of PyTorch without CUDA: it is made
 * of plain Python and PyTorch's own wheels.
 */
export const officialRows = `
pytorch, 2.10.0, [], pytorch/pytorch:2.10.0-cuda13.0-cudnn9-runtime
pytorch, 2.10.0, [], pytorch/pytorch:2.10.0-cuda12.8-cudnn9-runtime
pytorch, 2.10.0, [], pytorch/pytorch:2.10.0-cuda12.6-cudnn9-runtime
pytorch, 2.9.1, [], pytorch/pytorch:2.9.1-cuda13.0-cudnn9-runtime
pytorch, 2.9.1, [], pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime
pytorch, 2.9.1, [], pytorch/pytorch:2.9.1-cuda12.6-cudnn9-runtime
pytorch, 2.9.0, [], pytorch/pytorch:2.9.0-cuda13.0-cudnn9-runtime
pytorch, 2.9.0, [], pytorch/pytorch:2.9.0-cuda12.8-cudnn9-runtime
pytorch, 2.9.0, [], pytorch/pytorch:2.9.0-cuda12.6-cudnn9-runtime
pytorch, 2.8.0, [], pytorch/pytorch:2.8.0-cuda12.9-cudnn9-runtime
pytorch, 2.8.0, [], pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime
pytorch, 2.8.0, [], pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime
pytorch, 2.7.1, [], pytorch/pytorch:2.7.1-cuda12.8-cudnn9-runtime
pytorch, 2.7.1, [], pytorch/pytorch:2.7.1-cuda12.6-cudnn9-runtime
pytorch, 2.7.1, [], pytorch/pytorch:2.7.1-cuda11.8-cudnn9-runtime
pytorch, 2.6.0, [], pytorch/pytorch:2.6.0-cuda12.6-cudnn9-runtime
pytorch, 2.6.0, [], pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime
pytorch, 2.6.0, [], pytorch/pytorch:2.6.0-cuda11.8-cudnn9-runtime
pytorch, 2.5.1, [], pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
pytorch, 2.5.1, [], pytorch/pytorch:2.5.1-cuda12.1-cudnn9-runtime
pytorch, 2.5.1, [], pytorch/pytorch:2.5.1-cuda11.8-cudnn9-runtime
pytorch, 2.4.1, [], pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime
pytorch, 2.4.1, [], pytorch/pytorch:2.4.1-cuda12.1-cudnn9-runtime
pytorch, 2.4.1, [], pytorch/pytorch:2.4.1-cuda11.8-cudnn9-runtime
pytorch, 2.3.1, [], pytorch/pytorch:2.3.1-cuda12.1-cudnn8-runtime
pytorch, 2.3.1, [], pytorch/pytorch:2.3.1-cuda11.8-cudnn8-runtime
pytorch, 2.2.2, [], pytorch/pytorch:2.2.2-cuda12.1-cudnn8-runtime
pytorch, 2.2.2, [], pytorch/pytorch:2.2.2-cuda11.8-cudnn8-runtime
pytorch, 2.1.2, [], pytorch/pytorch:2.1.2-cuda12.1-cudnn8-runtime
pytorch, 2.1.2, [], pytorch/pytorch:2.1.2-cuda11.8-cudnn8-runtime
pytorch, 2.0.1, [], pytorch/pytorch:2.0.1-cuda11.7-cudnn8-runtime
pytorch, 1.13.1, [], pytorch/pytorch:1.13.1-cuda11.6-cudnn8-runtime
pytorch-cpu, 2.9.1, [], python:3.12-slim-bookworm, python=3.12, package=torch @ https://download.pytorch.org/whl/cpu/torch-2.9.1%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl, package=torchvision @ https://download.pytorch.org/whl/cpu/torchvision-0.24.1%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl
pytorch-cpu, 2.8.0, [], python:3.12-slim-bookworm, python=3.12, package=torch @ https://download.pytorch.org/whl/cpu/torch-2.8.0%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl, package=torchvision @ https://download.pytorch.org/whl/cpu/torchvision-0.23.0%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl
pytorch-cpu, 2.7.1, [], python:3.12-slim-bookworm, python=3.12, package=torch @ https://download.pytorch.org/whl/cpu/torch-2.7.1%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl, package=torchvision @ https://download.pytorch.org/whl/cpu/torchvision-0.22.1%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl
pytorch-cpu, 2.6.0, [], python:3.12-slim-bookworm, python=3.12, package=torch @ https://download.pytorch.org/whl/cpu/torch-2.6.0%2Bcpu-cp312-cp312-linux_x86_64.whl, package=torchvision @ https://download.pytorch.org/whl/cpu/torchvision-0.21.0%2Bcpu-cp312-cp312-linux_x86_64.whl
tensorflow, 2.20.0, [], tensorflow/tensorflow:2.20.0-gpu, cuda=12.5
tensorflow, 2.19.0, [], tensorflow/tensorflow:2.19.0-gpu, cuda=12.5
tensorflow, 2.18.0, [], tensorflow/tensorflow:2.18.0-gpu, cuda=12.5
tensorflow, 2.17.0, [], tensorflow/tensorflow:2.17.0-gpu, cuda=12.3
tensorflow, 2.16.1, [], tensorflow/tensorflow:2.16.1-gpu, cuda=12.3
tensorflow, 2.15.0, [], tensorflow/tensorflow:2.15.0-gpu, cuda=12.2
tensorflow, 2.14.0, [], tensorflow/tensorflow:2.14.0-gpu, cuda=11.8
tensorflow, 2.13.0, [], tensorflow/tensorflow:2.13.0-gpu, cuda=11.8
tensorflow, 2.12.0, [], tensorflow/tensorflow:2.12.0-gpu, cuda=11.8
tensorflow, 2.11.0, [], tensorflow/tensorflow:2.11.0-gpu, cuda=11.2
tensorflow-cpu, 2.20.0, [], tensorflow/tensorflow:2.20.0
tensorflow-cpu, 2.19.0, [], tensorflow/tensorflow:2.19.0
tensorflow-cpu, 2.18.0, [], tensorflow/tensorflow:2.18.0
tensorflow-cpu, 2.17.0, [], tensorflow/tensorflow:2.17.0
tensorflow-cpu, 2.16.1, [], tensorflow/tensorflow:2.16.1
tensorflow-cpu, 2.15.0, [], tensorflow/tensorflow:2.15.0
tensorflow-cpu, 2.14.0, [], tensorflow/tensorflow:2.14.0
tensorflow-cpu, 2.13.0, [], tensorflow/tensorflow:2.13.0
tensorflow-cpu, 2.12.0, [], tensorflow/tensorflow:2.12.0
tensorflow-cpu, 2.11.0, [], tensorflow/tensorflow:2.11.0
jax, 25.08, [], nvcr.io/nvidia/jax:25.08-py3, cuda=13.0
jax, 25.04, [], nvcr.io/nvidia/jax:25.04-py3, cuda=12.9
jax, 25.01, [], nvcr.io/nvidia/jax:25.01-py3, cuda=12.8
jax, 24.10, [], nvcr.io/nvidia/jax:24.10-py3, cuda=12.6
jax, 24.04, [], nvcr.io/nvidia/jax:24.04-py3, cuda=12.4
jax, 23.10, [], nvcr.io/nvidia/jax:23.10-py3, cuda=12.2
rapids, 25.08, [], nvcr.io/nvidia/rapidsai/base:25.08-cuda12.9-py3.12, python=3.12
rapids, 25.02, [], nvcr.io/nvidia/rapidsai/base:25.02-cuda12.8-py3.12, python=3.12
rapids, 24.12, [], nvcr.io/nvidia/rapidsai/base:24.12-cuda12.5-py3.12, python=3.12
rapids, 24.10, [], nvcr.io/nvidia/rapidsai/base:24.10-cuda12.5-py3.12, python=3.12
cuda, 13.0.2, [], nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04, cuda=13.0.2
cuda, 13.0.2-devel, [], nvidia/cuda:13.0.2-cudnn-devel-ubuntu24.04, cuda=13.0.2
cuda, 12.9.1, [], nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04, cuda=12.9.1
cuda, 12.9.1-devel, [], nvidia/cuda:12.9.1-cudnn-devel-ubuntu24.04, cuda=12.9.1
cuda, 12.8.1, [], nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04, cuda=12.8.1
cuda, 12.8.1-devel, [], nvidia/cuda:12.8.1-cudnn-devel-ubuntu24.04, cuda=12.8.1
cuda, 12.6.3, [], nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04, cuda=12.6.3
cuda, 12.6.3-devel, [], nvidia/cuda:12.6.3-cudnn-devel-ubuntu24.04, cuda=12.6.3
cuda, 12.4.1, [], nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04, cuda=12.4.1
cuda, 12.4.1-devel, [], nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04, cuda=12.4.1
cuda, 12.1.1, [], nvidia/cuda:12.1.1-cudnn8-runtime-ubuntu22.04, cuda=12.1.1
cuda, 12.1.1-devel, [], nvidia/cuda:12.1.1-cudnn8-devel-ubuntu22.04, cuda=12.1.1
cuda, 11.8.0, [], nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04, cuda=11.8.0
cuda, 11.8.0-devel, [], nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04, cuda=11.8.0
r, 4.5.1, [], rocker/r-ver:4.5.1
r, 4.5.1-tidyverse, [], rocker/tidyverse:4.5.1
r, 4.4.2, [], rocker/r-ver:4.4.2
r, 4.4.2-tidyverse, [], rocker/tidyverse:4.4.2
r, 4.3.3, [], rocker/r-ver:4.3.3
r, 4.3.3-tidyverse, [], rocker/tidyverse:4.3.3
julia, 1.11.5, [], julia:1.11.5
julia, 1.10.4, [], julia:1.10.4
python, 3.14, [], python:3.14-slim-bookworm, python=3.14
python, 3.13, [], python:3.13-slim-bookworm, python=3.13
python, 3.12, [], python:3.12-slim-bookworm, python=3.12
python, 3.11, [], python:3.11-slim-bookworm, python=3.11
python, 3.10, [], python:3.10-slim-bookworm, python=3.10
`;
