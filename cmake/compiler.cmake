# The compiler and its flags. GCC 12 destroys temporaries twice around co_await (docs/decisions/0001-clang.md).
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Slipway builds with clang 19 or newer (found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}). Use ./dev, or: cmake --preset debug")
endif()

set(SLIPWAY_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
option(SLIPWAY_FUZZ "Build the fuzz targets" OFF)

add_compile_options(-Wall -Wextra -Wshadow -Wno-missing-field-initializers -Werror -fno-omit-frame-pointer)
# Line tables are what a stack trace needs; full debug information triples the objects of coroutine code.
add_compile_options($<$<CONFIG:Debug>:-gline-tables-only> $<$<CONFIG:Debug>:-O0>)
add_compile_options($<$<CONFIG:Release>:-O2> $<$<CONFIG:Release>:-ffunction-sections> $<$<CONFIG:Release>:-fdata-sections>)
add_link_options(-fuse-ld=lld $<$<CONFIG:Release>:-Wl,--gc-sections> $<$<CONFIG:Release>:-Wl,--icf=safe>)
if(SLIPWAY_SANITIZE)
  add_compile_options(-fsanitize=${SLIPWAY_SANITIZE} -fno-sanitize=vptr,function -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SLIPWAY_SANITIZE} -fno-sanitize=vptr,function)
endif()
# The static library's compiled form: without it every file that logs pays four seconds more.
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
# A precompiled header must not depend on when it was made, or ccache never hits.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Xclang> $<$<COMPILE_LANGUAGE:CXX>:-fno-pch-timestamp>)
# Nor on where the checkout lies: see slipway_pch_sum.
if(CMAKE_CXX_COMPILER_LAUNCHER STREQUAL "ccache")
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_PCH_EXTSUM=1 ccache)
endif()
